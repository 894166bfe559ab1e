// A tensor that a device computes with: f32 or bf16, dense, slowest axis first.
#pragma once

#include <cassert>
#include <cstdint>

#include "base/dtype.h"
#include "base/shape.h"
#include "runtime/workspace.h"

namespace odsora {

/// Owns its memory, or is a view into another tensor, which must then live longer. Movable, not copyable.
class Tensor {
 public:
  /// No tensor at all; empty() is true.
  Tensor() = default;

  /// Owns `block`, which holds at least the shape's elements.
  Tensor(DType dtype, Shape shape, WorkspaceBlock block);

  /// A view of memory that somebody else keeps; `data` is null while a model is only measured.
  Tensor(DType dtype, Shape shape, std::byte* data) : dtype_(dtype), shape_(std::move(shape)), data_(data) {}

  /// No tensor; not even an axis.
  bool empty() const { return shape_.empty(); }
  DType dtype() const { return dtype_; }
  const Shape& shape() const { return shape_; }
  size_t rank() const { return shape_.size(); }
  int64_t dim(size_t axis) const { return shape_[axis]; }
  /// The last, fastest axis.
  int64_t channels() const { return shape_.back(); }
  int64_t count() const { return element_count(shape_); }
  /// Product of all axes but the last.
  int64_t rows() const { return count() / channels(); }

  /// The elements; T is float for f32 and uint16_t for bf16.
  template <typename T>
  T* data() const {
    assert(sizeof(T) == size_of(dtype_));
    return reinterpret_cast<T*>(data_);
  }
  std::byte* bytes() const { return data_; }

  /// The same elements under another shape of the same count. A view.
  Tensor view(Shape shape) const;

  /// Items [first, first + count) of the slowest axis. A view.
  Tensor slice(int64_t first, int64_t count) const;

  /// This tensor itself under another shape of the same count, or of its first elements; keeps ownership of all.
  Tensor reshaped(Shape shape) &&;

 private:
  DType dtype_ = DType::kF32;
  Shape shape_;
  WorkspaceBlock block_;  // empty for a view
  std::byte* data_ = nullptr;
};

}  // namespace odsora
