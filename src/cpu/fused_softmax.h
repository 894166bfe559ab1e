// The softmax around attention's second product: exponentials before it, the division by their sums after it.
//
// So the probabilities, which are many, are touched once less than the results, which are few.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/dtype.h"

namespace odsora {

struct SoftmaxRows {
  float* scores = nullptr;       // [rows, keys]
  void* exponentials = nullptr;  // [rows, keys] of `type`, 0 to 1; may be `scores` when that is F32
  float* factors = nullptr;      // [rows]: what makes a row of exponentials sum to one
  const float* bias = nullptr;   // [rows, keys], added after scaling; or null
  int64_t rows = 0;
  int64_t keys = 0;
  float scale = 1.0F;        // positive
  DType type = DType::kF32;  // or BF16
};

/// exp(scale · scores + bias - the row's largest), and the factor of each row. On the calling thread.
void softmax_rows(const SoftmaxRows& what);

struct ScaledRows {
  const float* values = nullptr;   // [rows, columns]
  const float* factors = nullptr;  // [rows]
  void* result = nullptr;          // rows `result_stride` elements of `type` apart
  int64_t rows = 0;
  int64_t columns = 0;
  int64_t result_stride = 0;
  DType type = DType::kF32;  // or BF16
};

/// result = factor · values, row by row. On the calling thread.
void scale_rows(const ScaledRows& what);

}  // namespace odsora
