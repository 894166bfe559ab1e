// Operations that only move elements.
#pragma once

#include "nn/tensor.h"

namespace odsora {

/// As Ops::join_quads.
void join_quads(const Tensor& quads, int64_t first_row, Tensor& result);

/// x [items, frames, height, width, 2 channels] → result [items, 2 frames, height, width, channels]: channel c of
/// frame 2t + s is input channel 2c + s of frame t.
void depth_to_time(const Tensor& x, Tensor& result);

}  // namespace odsora
