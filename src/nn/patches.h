// Latent videos cut into patches, the tokens of a diffusion transformer, and put together again.
#pragma once

#include <cstdint>

#include "base/host_tensor.h"

namespace odsora {

struct PatchSize {
  int64_t height = 2;
  int64_t width = 2;
};

/// latent [batch, channels, frames, height, width] → [batch, frames, rows · columns, channels · patch], the values of
/// a patch ordered (channel, y, x). Sizes that the patch does not divide are filled with zeros at the bottom and right.
HostTensor cut_patches(const HostTensor& latent, const PatchSize& patch);

struct LatentSize {
  int64_t height = 0;
  int64_t width = 0;
};

/// patches [batch, frames, rows · columns, patch · channels], the values of a patch ordered (y, x, channel), →
/// [batch, channels, frames, height, width], cropped to `size`.
HostTensor join_patches(const HostTensor& patches, const PatchSize& patch, const LatentSize& size);

}  // namespace odsora
