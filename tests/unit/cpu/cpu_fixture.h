// What the tests of the CPU's operations share: random tensors, the two compute types, and comparisons.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/float_formats.h"
#include "cpu/cpu_ops.h"
#include "cpu/isa.h"

namespace odsora::test {

/// Normally distributed values, rounded to bf16 so that both compute types start from the same numbers.
inline HostTensor random_tensor(Shape shape, uint32_t seed, float scale = 1.0F) {
  HostTensor tensor(std::move(shape));
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal(0.0F, scale);
  for (float& value : tensor.values) value = f32_from_bf16(bf16_from_f32(normal(generator)));
  return tensor;
}

inline HostArray as_array(const HostTensor& tensor) {
  HostArray array(DType::kF32, tensor.shape);
  std::memcpy(array.bytes.get(), tensor.data(), array.byte_count());
  return array;
}

/// Where the tests' packed weights lie, until the program ends.
inline WeightMemory& weight_memory() {
  static GrowingWeightMemory memory;
  return memory;
}

/// RMS of the difference over RMS of the expectation.
inline double relative_error(const HostTensor& actual, const HostTensor& expected) {
  EXPECT_EQ(actual.shape, expected.shape);
  double error = 0;
  double norm = 0;
  for (size_t i = 0; i < expected.values.size(); ++i) {
    const auto difference = static_cast<double>(actual.values[i]) - static_cast<double>(expected.values[i]);
    error += difference * difference;
    norm += static_cast<double>(expected.values[i]) * static_cast<double>(expected.values[i]);
  }
  return std::sqrt(error / norm);
}

/// A test that runs once for each compute type; bf16 is skipped where it may not be used.
class CpuOpsTest : public testing::TestWithParam<DType> {
 protected:
  void SetUp() override {
    if (GetParam() == DType::kBF16 && !has_bf16()) GTEST_SKIP() << "no bf16 here: " << isa_description();
  }

  std::unique_ptr<Ops> make_ops(int threads = 2) {
    return make_cpu_ops({.compute_type = GetParam(), .threads = threads, .workspace = workspace_});
  }

  /// What an operation may err by, relatively: rounding of sums in f32, or of results to bf16.
  double tolerance() const { return GetParam() == DType::kF32 ? 2e-6 : 5e-3; }

  /// run(ops) returns a Tensor, whose bytes must be the same with 1, 2 and 3 threads.
  template <typename Run>
  void expect_equal_bytes(const Run& run) {
    std::vector<std::byte> first;
    for (const int threads : {1, 2, 3}) {
      const std::unique_ptr<Ops> ops = make_ops(threads);
      const Tensor result = run(*ops);
      const size_t size = static_cast<size_t>(result.count()) * size_of(result.dtype());
      std::vector<std::byte> bytes(result.bytes(), result.bytes() + size);
      if (threads == 1) {
        first = std::move(bytes);
      } else {
        EXPECT_TRUE(bytes == first) << "with " << threads << " threads";
      }
    }
  }

  Workspace workspace_;
};

inline std::string type_name(const testing::TestParamInfo<DType>& info) { return std::string(name_of(info.param)); }

}  // namespace odsora::test

/// Registers a suite derived from CpuOpsTest for both compute types.
#define ODSORA_BOTH_TYPES(suite) \
  INSTANTIATE_TEST_SUITE_P(Types, suite, testing::Values(DType::kF32, DType::kBF16), type_name)
