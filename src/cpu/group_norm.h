// Group norm over channels-last pictures and videos, with the activation that follows it.
#pragma once

#include "nn/ops.h"

namespace odsora {

/// x [items, ..., channels], f32 or bf16 → affine f32 [items, 2, channels]: factor and offset. Statistics for each item
/// and group of channels come from fixed chunks of pixels, combined in a fixed order, in double.
void group_norm_affine(const Tensor& x, const GroupNorm& norm, Workspace& workspace, Tensor& affine);

/// result = activation(x · factor + offset), of x's shape, each f32 or bf16; affine f32 [items, 2, channels].
void apply_affine(const Tensor& x, const Tensor& affine, Activation activation, Tensor& result);

}  // namespace odsora
