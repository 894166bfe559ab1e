// The residual block of convolutional autoencoders: norm, SiLU, convolution, twice, around a shortcut.
#pragma once

#include <optional>

#include "nn/conv_bands.h"
#include "nn/ops.h"

namespace odsora {

struct ConvResnet {
  GroupNorm norm1;
  Conv conv1;
  GroupNorm norm2;
  Conv conv2;
  std::optional<Conv> shortcut;  // where the channels change
};

/// x, the residual stream, f32 or the convolutions' type, [items, (frames,) height, width, channels] → the same type
/// with conv2's outputs. Large pictures need room for one more beside x, and for
/// two where the channels grow.
Tensor run_resnet(Ops& ops, const ConvResnet& resnet, Tensor x, int64_t band_bytes = kBandBytes);

}  // namespace odsora
