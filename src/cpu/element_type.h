// From a tensor's type at run time to a kernel's type at compile time, and its size.
#pragma once

#include <cassert>
#include <cstdint>

#include "nn/tensor.h"

namespace odsora {

/// Calls body(element) with an element of the type that holds F32 (float) or BF16 (uint16_t).
template <typename Body>
void with_element_type(DType dtype, const Body& body) {
  assert(dtype == DType::kF32 || dtype == DType::kBF16);
  if (dtype == DType::kBF16) {
    body(uint16_t{});
  } else {
    body(float{});
  }
}

/// What a kernel reads or writes when it passes once over a tensor.
inline int64_t bytes_of(const Tensor& tensor) { return tensor.count() * static_cast<int64_t>(size_of(tensor.dtype())); }

}  // namespace odsora
