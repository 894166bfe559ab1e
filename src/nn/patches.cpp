#include "nn/patches.h"

namespace odsora {
namespace {

int64_t divide_up(int64_t value, int64_t divisor) { return (value + divisor - 1) / divisor; }

}  // namespace

HostTensor cut_patches(const HostTensor& latent, const PatchSize& patch) {
  const int64_t batch = latent.dim(0), channels = latent.dim(1), frames = latent.dim(2);
  const int64_t height = latent.dim(3), width = latent.dim(4);
  const int64_t rows = divide_up(height, patch.height), columns = divide_up(width, patch.width);
  HostTensor patches({batch, frames, rows * columns, channels * patch.height * patch.width});
  for (int64_t b = 0; b < batch; ++b) {
    for (int64_t c = 0; c < channels; ++c) {
      for (int64_t f = 0; f < frames; ++f) {
        const float* plane = latent.data() + ((b * channels + c) * frames + f) * height * width;
        for (int64_t y = 0; y < height; ++y) {
          for (int64_t x = 0; x < width; ++x) {
            const int64_t token = (y / patch.height) * columns + x / patch.width;
            const int64_t place = (c * patch.height + y % patch.height) * patch.width + x % patch.width;
            patches.data()[((b * frames + f) * rows * columns + token) * patches.dim(3) + place] = plane[y * width + x];
          }
        }
      }
    }
  }
  return patches;
}

HostTensor join_patches(const HostTensor& patches, const PatchSize& patch, const LatentSize& size) {
  const int64_t batch = patches.dim(0), frames = patches.dim(1);
  const int64_t channels = patches.dim(3) / (patch.height * patch.width);
  const int64_t columns = divide_up(size.width, patch.width);
  HostTensor latent({batch, channels, frames, size.height, size.width});
  float* out = latent.data();
  for (int64_t b = 0; b < batch; ++b) {
    for (int64_t c = 0; c < channels; ++c) {
      for (int64_t f = 0; f < frames; ++f) {
        const float* tokens = patches.data() + (b * frames + f) * patches.dim(2) * patches.dim(3);
        for (int64_t y = 0; y < size.height; ++y) {
          for (int64_t x = 0; x < size.width; ++x) {
            const int64_t token = (y / patch.height) * columns + x / patch.width;
            const int64_t place = ((y % patch.height) * patch.width + x % patch.width) * channels + c;
            *out++ = tokens[token * patches.dim(3) + place];
          }
        }
      }
    }
  }
  return latent;
}

}  // namespace odsora
