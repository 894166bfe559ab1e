// Finds the colours of latents by least squares, from latents and what was decoded of them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/host_tensor.h"
#include "models/vae_config.h"
#include "weights/latent_color_map.h"

namespace odsora {

/// How well a map tells the colours it was asked about.
struct LatentColorQuality {
  double explained = 0;  // of the variance of red, green and blue: R²
  double psnr = 0;       // dB, of a peak of 1
};

/// The normal equations of many pairs; their number does not change the memory.
class LatentColorFit {
 public:
  explicit LatentColorFit(size_t channels);

  /// A latent pixel, [channels], and the mean colour of what it was decoded to, 0 to 1 each.
  void add(std::span<const double> latent, const std::array<double, 3>& color);

  /// All pairs of another fit of as many channels.
  void add(const LatentColorFit& other);

  int64_t pairs() const { return pairs_; }

  /// The map that minimises the squared error, drawn towards `earlier`, which weighs as half as many pairs of latents
  /// of unit variance would; without it slightly towards grey, so that channels that hardly varied count little.
  /// Nothing without pairs, or if a value was not finite.
  std::optional<LatentColorMap> solve(const std::optional<LatentColorMap>& earlier = {}) const;

  /// Of all pairs so far. Requires one at least, and a map of as many channels.
  LatentColorQuality quality(const LatentColorMap& map) const;

 private:
  size_t terms_;  // channels, and a constant 1
  int64_t pairs_ = 0;
  std::vector<double> products_;                // Σ x xᵀ, [terms, terms], upper triangle
  std::array<std::vector<double>, 3> colored_;  // Σ x y, [terms] each
  std::array<double, 3> squares_ = {};          // Σ y²
};

/// Feeds a fit with the frames of clips while these are decoded: each latent pixel with the mean of its pixels over the
/// area and the frames that it stands for.
class LatentColorLearner {
 public:
  /// `fit` and `vae` must live longer.
  LatentColorLearner(const VideoVaeConfig& vae, LatentColorFit& fit) : vae_(vae), fit_(fit) {}

  /// A clip of so many frames follows. `latent`, [channels, latent frames, height, width], must live until its end.
  void begin(const HostTensor& latent, int64_t frames);

  /// The next frame, [height, width, 3] in pixels: whole squares of vae.space_factor() for each latent pixel.
  void add_frame(std::span<const uint8_t> rgb);

 private:
  void sum_squares(std::span<const uint8_t> rgb);
  void add_pairs(int64_t latent_frame);

  const VideoVaeConfig& vae_;
  LatentColorFit& fit_;
  const HostTensor* latent_ = nullptr;
  int64_t frames_ = 0, frame_ = 0;  // of the clip; the next one
  int64_t summed_ = 0;              // frames of the latent frame at work
  std::vector<uint32_t> sums_;      // [latent height, latent width, 3]
};

}  // namespace odsora
