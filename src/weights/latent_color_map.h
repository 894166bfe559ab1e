// About what colour a latent pixel will have once it is decoded: a linear map of its channels.
#pragma once

#include <array>
#include <cstddef>
#include <vector>

namespace odsora {

/// color[i] = offset[i] + Σ weights[i][channel] · latent[channel], i = red, green, blue; 0 is black, 1 full.
struct LatentColorMap {
  std::array<std::vector<double>, 3> weights;  // [channels] each
  std::array<double, 3> offset = {};

  size_t channels() const { return weights[0].size(); }
  bool operator==(const LatentColorMap&) const = default;
};

}  // namespace odsora
