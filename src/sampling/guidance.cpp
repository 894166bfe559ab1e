#include "sampling/guidance.h"

namespace odsora {

HostTensor twice(const HostTensor& latent) {
  Shape shape = latent.shape;
  shape[0] *= 2;
  HostTensor result(std::move(shape), latent.values);
  result.values.insert(result.values.end(), latent.values.begin(), latent.values.end());
  return result;
}

HostTensor guide(const HostTensor& prediction, int64_t channels, float scale) {
  const int64_t batch = prediction.dim(0) / 2;
  const int64_t item = prediction.count() / prediction.dim(0);
  const int64_t kept = item / prediction.dim(1) * channels;  // values of the first `channels` channels of an item
  Shape shape = prediction.shape;
  shape[0] = batch;
  shape[1] = channels;
  HostTensor velocity(std::move(shape));
  for (int64_t b = 0; b < batch; ++b) {
    const float* with = prediction.data() + b * item;
    const float* without = prediction.data() + (batch + b) * item;
    float* out = velocity.data() + b * kept;
    for (int64_t i = 0; i < kept; ++i) out[i] = without[i] + scale * (with[i] - without[i]);
  }
  return velocity;
}

}  // namespace odsora
