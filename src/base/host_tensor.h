// Tensors in ordinary memory: what rooms hand to each other, and what weight files hold.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/dtype.h"
#include "base/shape.h"

namespace odsora {

/// An f32 tensor by value: latents, text embeddings, frames, golden data.
struct HostTensor {
  Shape shape;
  std::vector<float> values;  // element_count(shape), slowest axis first

  HostTensor() = default;
  explicit HostTensor(Shape extents) : shape(std::move(extents)), values(static_cast<size_t>(element_count(shape))) {}
  HostTensor(Shape extents, std::vector<float> data) : shape(std::move(extents)), values(std::move(data)) {}

  int64_t dim(size_t axis) const { return shape[axis]; }
  int64_t count() const { return static_cast<int64_t>(values.size()); }
  float* data() { return values.data(); }
  const float* data() const { return values.data(); }
};

/// A tensor as a weight file holds it: raw little-endian elements of any format.
struct HostArray {
  DType dtype = DType::kF32;
  Shape shape;
  /// element_count(shape) * size_of(dtype) bytes, or null where only the header is known. Shared because they may lie
  /// inside a larger block of memory, which a reader has aligned for the disk and which lives as long as they do.
  std::shared_ptr<std::byte[]> bytes;

  HostArray() = default;
  /// Uninitialised elements.
  HostArray(DType format, Shape extents);

  int64_t count() const { return element_count(shape); }
  size_t byte_count() const { return static_cast<size_t>(count()) * size_of(dtype); }
};

/// Converts every element to f32 (F64 rounds; integers and booleans become their value).
HostTensor to_f32(const HostArray& array);

/// Converts every element to bf16, rounding once from the stored value (F64 by way of f32).
std::vector<uint16_t> to_bf16(const HostArray& array);

}  // namespace odsora
