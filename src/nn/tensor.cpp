#include "nn/tensor.h"

#include <utility>

namespace odsora {

Tensor::Tensor(DType dtype, Shape shape, WorkspaceBlock block)
    : dtype_(dtype), shape_(std::move(shape)), block_(std::move(block)), data_(block_.data()) {}

Tensor Tensor::view(Shape shape) const {
  assert(element_count(shape) == count());
  return {dtype_, std::move(shape), data_};
}

Tensor Tensor::slice(int64_t first, int64_t count) const {
  assert(first >= 0 && count >= 0 && first + count <= dim(0));
  const int64_t stride = dim(0) == 0 ? 0 : this->count() / dim(0);
  Shape shape = shape_;
  shape[0] = count;
  return {dtype_, std::move(shape), data_ + static_cast<size_t>(first * stride) * size_of(dtype_)};
}

Tensor Tensor::reshaped(Shape shape) && {
  assert(element_count(shape) <= count());
  shape_ = std::move(shape);
  return std::move(*this);
}

}  // namespace odsora
