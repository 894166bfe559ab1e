#include "tools/synthetic_tensors.h"

#include <cstring>
#include <span>

#include "tools/synthesize_values.h"

namespace odsora {
namespace {

constexpr uint64_t kSeed = 0;

}  // namespace

HostArray SyntheticTensors::read(const std::string& name) const {
  const TensorInfo& tensor = info(name);
  HostArray array(tensor.dtype, tensor.shape);
  fill_values({kSeed, name}, distribution_of_(tensor), tensor.dtype, 0, {array.bytes.get(), array.byte_count()});
  return array;
}

HostArray SyntheticTensors::read_rows(const std::string& name, int64_t first, int64_t count) const {
  const HostArray whole = read(name);
  Shape shape = whole.shape;
  shape.at(0) = count;
  HostArray rows(whole.dtype, shape);
  const size_t row_bytes = whole.byte_count() / static_cast<size_t>(whole.shape.at(0));
  std::memcpy(rows.bytes.get(), whole.bytes.get() + static_cast<size_t>(first) * row_bytes, rows.byte_count());
  return rows;
}

}  // namespace odsora
