// How a latent is taken from the distributions that an autoencoder gives: its mean, or a draw from it.
#pragma once

#include <cstdint>
#include <optional>

#include "base/host_tensor.h"

namespace odsora {

class LatentDraw {
 public:
  /// Without a seed latents are the means. With one they are drawn; what is drawn depends on the seed and on the calls
  /// of from() before, each of which has a stream of noise of its own, counted from 0.
  explicit LatentDraw(std::optional<uint64_t> seed = std::nullopt) : seed_(seed) {}

  /// moments [..., 2 channels], the means, then the logarithms of the variances → [..., channels].
  HostTensor from(const HostTensor& moments);

 private:
  std::optional<uint64_t> seed_;
  uint64_t next_stream_ = 0;
};

}  // namespace odsora
