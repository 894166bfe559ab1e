// Norms of rows, each one pass over its input with f32 statistics.
#pragma once

#include "nn/ops.h"

namespace odsora {

/// Which of a modulation's parts shift and scale.
struct ShiftAndScale {
  int shift_part = 0;
  int scale_part = 0;
};

/// x f32 [frames, patches, channels] → result, f32 or bf16 of that shape: layer_norm(x) · (1 + scale) + shift.
void layer_norm_modulate(const Tensor& x, const Modulation& modulation, ShiftAndScale parts, float epsilon,
                         Tensor& result);

/// x f32 [..., channels], weight f32 [channels] → result, f32 or bf16: weight · x / sqrt(mean(x²) + epsilon).
void rms_norm(const Tensor& x, const Tensor& weight, float epsilon, Tensor& result);

/// In place on parts 0 and 1 of projection, f32 or bf16 [batch, axis 1, axis 2, 3 * heads * head_size].
void norm_rotate_heads(Tensor& projection, const HeadNormRotation& how);

}  // namespace odsora
