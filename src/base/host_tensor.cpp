#include "base/host_tensor.h"

#include <algorithm>
#include <cstring>
#include <span>

#include "base/float_formats.h"

namespace odsora {
namespace {

template <typename T>
T element(const std::byte* bytes, size_t index) {
  T value;
  std::memcpy(&value, bytes + index * sizeof(T), sizeof(T));
  return value;
}

float element_as_f32(DType dtype, const std::byte* bytes, size_t index) {
  switch (dtype) {
    case DType::kF64: return static_cast<float>(element<double>(bytes, index));
    case DType::kF32: return element<float>(bytes, index);
    case DType::kF16: return f32_from_f16(element<uint16_t>(bytes, index));
    case DType::kBF16: return f32_from_bf16(element<uint16_t>(bytes, index));
    case DType::kI64: return static_cast<float>(element<int64_t>(bytes, index));
    case DType::kI32: return static_cast<float>(element<int32_t>(bytes, index));
    case DType::kI8: return static_cast<float>(element<int8_t>(bytes, index));
    case DType::kU8: return static_cast<float>(element<uint8_t>(bytes, index));
    case DType::kBool: return element<uint8_t>(bytes, index) != 0 ? 1.0F : 0.0F;
  }
  return 0.0F;
}

/// Of the same size, which may be none.
template <typename T>
void copy_elements(const HostArray& array, std::vector<T>& values) {
  std::copy_n(array.bytes.get(), array.byte_count(), std::as_writable_bytes(std::span(values)).begin());
}

}  // namespace

HostArray::HostArray(DType format, Shape extents) : dtype(format), shape(std::move(extents)) {
  bytes = std::make_unique_for_overwrite<std::byte[]>(byte_count());
}

HostTensor to_f32(const HostArray& array) {
  HostTensor tensor(array.shape);
  if (array.dtype == DType::kF32) {
    copy_elements(array, tensor.values);
    return tensor;
  }
  for (size_t i = 0; i < tensor.values.size(); ++i) {
    tensor.values[i] = element_as_f32(array.dtype, array.bytes.get(), i);
  }
  return tensor;
}

std::vector<uint16_t> to_bf16(const HostArray& array) {
  std::vector<uint16_t> values(static_cast<size_t>(array.count()));
  if (array.dtype == DType::kBF16) {
    copy_elements(array, values);
    return values;
  }
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = bf16_from_f32(element_as_f32(array.dtype, array.bytes.get(), i));
  }
  return values;
}

}  // namespace odsora
