// The softmax between attention's two products.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/dtype.h"

namespace odsora {

struct SoftmaxRows {
  float* scores = nullptr;        // [rows, keys]; overwritten
  void* probabilities = nullptr;  // [rows, keys] of `result`; may be `scores` when that is F32
  const float* bias = nullptr;    // [rows, keys], added after scaling; or null
  int64_t rows = 0;
  int64_t keys = 0;
  float scale = 1.0F;
  DType result = DType::kF32;  // or BF16
};

/// softmax(scale · scores + bias) of each row, on the calling thread.
void softmax_rows(const SoftmaxRows& what);

}  // namespace odsora
