// Whether a model's numbers can be true: finite, of a size that such numbers have, and not all the same.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/host_tensor.h"
#include "nn/probe.h"

namespace odsora {

/// The largest magnitudes that pass. Sound values are smaller by a factor of a hundred at least: embeddings and
/// velocities stay below 100, pixels below 10.
constexpr float kMostOfEmbedding = 1e4F;
constexpr float kMostOfLatent = 1e4F;
constexpr float kMostOfPixel = 1e3F;

/// What is wrong with the first value that is no number, infinite or larger than `most`: "NaN", "infinity" or
/// "2.5e+07"; empty when none is.
std::string wrong_number(std::span<const float> values, float most);

/// Whether no channel of a latent [channels, frames, height, width] differs from place to place by more than its last
/// bits.
bool is_flat(const HostTensor& latent);

/// Whether a video so far shows nothing: in no frame do two pixels differ by more than two of 256 levels, but for an
/// eighth at each side, where a network that gives one colour feels the border.
class FlatPicture {
 public:
  FlatPicture(int height, int width) : height_(static_cast<size_t>(height)), width_(static_cast<size_t>(width)) {}

  /// One frame [height, width, 3]: its colours are compared each for itself.
  void add(std::span<const uint8_t> frame);
  bool is_flat() const { return flat_; }

 private:
  size_t height_, width_;
  bool flat_ = true;
};

/// Finds the layer in which numbers go wrong, by looking at all values of a model's probe. Inside a model sound values
/// may be as large as they like.
class LayerSearch {
 public:
  enum class Fault { kWrongNumber, kFlat };

  explicit LayerSearch(Fault fault) : fault_(fault) {}
  LayerSearch(const LayerSearch&) = delete;  // the probe refers to it
  LayerSearch& operator=(const LayerSearch&) = delete;

  Probe probe();

  /// The first layer with the fault; empty when none has it.
  const std::string& layer() const { return layer_; }

 private:
  bool has_fault(const Tensor& value) const;

  Fault fault_;
  std::string layer_;
};

}  // namespace odsora
