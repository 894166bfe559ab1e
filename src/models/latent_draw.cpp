#include "models/latent_draw.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/noise.h"

namespace odsora {

HostTensor LatentDraw::from(const HostTensor& moments) {
  constexpr float kLeast = -30.0F, kMost = 20.0F;  // the reference's bounds of the log-variance
  const int64_t channels = moments.shape.back() / 2;
  Shape shape = moments.shape;
  shape.back() = channels;
  HostTensor result(std::move(shape));
  HostTensor noise;
  if (seed_) {
    noise = HostTensor(result.shape);
    fill_normal(*seed_, next_stream_++, noise.values);
  }
  for (int64_t i = 0; i < result.count(); ++i) {
    const float* both = moments.data() + i / channels * 2 * channels + i % channels;
    result.data()[i] = both[0];
    if (seed_) result.data()[i] += std::exp(0.5F * std::clamp(both[channels], kLeast, kMost)) * noise.data()[i];
  }
  return result;
}

}  // namespace odsora
