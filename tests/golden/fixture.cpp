#include "golden/fixture.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "cpu/cpu_ops.h"
#include "cpu/isa.h"

namespace odsora::golden {

std::filesystem::path data_folder() {
  const char* folder = std::getenv("ODSORA_GOLDEN_DIR");
  return folder != nullptr ? folder : ODSORA_SOURCE_FOLDER "/tests/golden";
}

Device::Device(DType compute_type)
    : ops(make_cpu_ops({.compute_type = compute_type, .threads = 2, .workspace = workspace, .cancel = nullptr})) {}

std::vector<DType> compute_types() {
  if (has_bf16()) return {DType::kF32, DType::kBF16};
  return {DType::kF32};
}

std::vector<int64_t> Fixture::integers(const std::string& name) const {
  const HostArray array = store_.read(name);
  std::vector<int64_t> values(static_cast<size_t>(array.count()));
  if (array.dtype == DType::kI64) {
    std::memcpy(values.data(), array.bytes.get(), array.byte_count());
  } else {
    const HostTensor converted = to_f32(array);
    std::copy(converted.values.begin(), converted.values.end(), values.begin());
  }
  return values;
}

void expect_near(const std::string& what, const HostTensor& got, const HostTensor& expected, DType compute_type,
                 const Limit& limit) {
  ASSERT_EQ(got.count(), expected.count())
      << what << ": " << to_string(got.shape) << " and " << to_string(expected.shape);
  float largest = 0;
  double error_squares = 0, squares = 0;
  for (size_t i = 0; i < expected.values.size(); ++i) {
    ASSERT_TRUE(std::isfinite(got.values[i])) << what << ": element " << i;
    const float error = std::abs(got.values[i] - expected.values[i]);
    largest = std::max(largest, error);
    error_squares += static_cast<double>(error) * error;
    squares += static_cast<double>(expected.values[i]) * expected.values[i];
  }
  if (compute_type == DType::kF32) {
    EXPECT_LE(largest, limit.absolute) << what << " in f32: largest absolute difference";
  } else {
    EXPECT_LE(std::sqrt(error_squares / squares), limit.relative_rms) << what << " in bf16: RMS error / RMS value";
  }
}

HostTensor item(const HostTensor& tensor, int64_t index) {
  const int64_t size = tensor.count() / tensor.dim(0);
  const auto begin = tensor.values.begin() + index * size;
  return {{tensor.shape.begin() + 1, tensor.shape.end()}, {begin, begin + size}};
}

HostTensor stack(const std::vector<HostTensor>& items) {
  HostTensor result;
  result.shape = items.at(0).shape;
  result.shape.insert(result.shape.begin(), static_cast<int64_t>(items.size()));
  for (const HostTensor& one : items) result.values.insert(result.values.end(), one.values.begin(), one.values.end());
  return result;
}

HostTensor masked_rows(const HostTensor& tensor, std::span<const int64_t> mask) {
  HostTensor result;
  result.shape = tensor.shape;
  result.shape[0] = 0;
  for (int64_t row = 0; row < tensor.dim(0); ++row) {
    if (mask[static_cast<size_t>(row)] == 0) continue;
    const HostTensor kept = item(tensor, row);
    result.values.insert(result.values.end(), kept.values.begin(), kept.values.end());
    ++result.shape[0];
  }
  return result;
}

HostTensor permute(const HostTensor& tensor, const std::vector<size_t>& axes) {
  std::vector<int64_t> stride(tensor.shape.size(), 1);
  for (size_t axis = tensor.shape.size() - 1; axis > 0; --axis) stride[axis - 1] = stride[axis] * tensor.shape[axis];
  Shape shape;
  for (const size_t axis : axes) shape.push_back(tensor.shape[axis]);
  HostTensor result(shape);
  for (int64_t i = 0; i < result.count(); ++i) {
    int64_t rest = i, from = 0;
    for (size_t axis = axes.size(); axis-- > 0;) {
      from += rest % shape[axis] * stride[axes[axis]];
      rest /= shape[axis];
    }
    result.data()[i] = tensor.data()[from];
  }
  return result;
}

}  // namespace odsora::golden
