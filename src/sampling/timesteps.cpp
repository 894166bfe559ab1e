#include "sampling/timesteps.h"

#include <cmath>

#include "base/float_formats.h"

namespace odsora {
namespace {

constexpr float kBaseResolution = 512.0F * 512.0F;
constexpr int64_t kFramesPerChunk = 17;
constexpr int64_t kLatentFramesPerChunk = 5;

// A number in the arithmetic of the sizes: every result is rounded to it.
class Sized {
 public:
  Sized(float value, SizeArithmetic arithmetic)
      : value_(arithmetic == SizeArithmetic::kBF16 ? f32_from_bf16(bf16_from_f32(value)) : value),
        arithmetic_(arithmetic) {}

  float value() const { return value_; }
  Sized operator*(const Sized& other) const { return {value_ * other.value_, arithmetic_}; }
  Sized operator/(float divisor) const { return {value_ / divisor, arithmetic_}; }
  Sized operator-(float other) const { return {value_ - other, arithmetic_}; }
  Sized root() const { return {std::sqrt(value_), arithmetic_}; }

 private:
  float value_;
  SizeArithmetic arithmetic_;
};

// The frame count that stands for a clip's length, in units of the single frame.
int64_t frames_for_ratio(const TimestepOptions& options) {
  if (options.frames == 1) return 1;
  const int64_t latent = options.frames / kFramesPerChunk * kLatentFramesPerChunk;
  return latent > 0 ? latent : options.latent_frames;
}

Sized transform_ratio(const TimestepOptions& options) {
  const auto sized = [&](int64_t value) { return Sized(static_cast<float>(value), options.arithmetic); };
  const Sized space = (sized(options.pixel_height) * sized(options.pixel_width) / kBaseResolution).root();
  const Sized time = sized(frames_for_ratio(options)).root();
  return space * time;
}

}  // namespace

std::vector<float> timesteps(const TimestepOptions& options) {
  const Sized ratio = transform_ratio(options);
  std::vector<float> result;
  for (int i = 0; i < options.steps; ++i) {
    // In double until it becomes a tensor, as the reference's Python numbers are.
    double time = (1.0 - static_cast<double>(i) / options.steps) * kTrainTimesteps;
    if (options.discrete) time = std::nearbyint(time);  // ties to even, as Python's round()
    auto t = static_cast<float>(time);
    if (options.transform) {
      t /= kTrainTimesteps;
      t = ratio.value() * t / (1.0F + (ratio - 1.0F).value() * t);
      t *= kTrainTimesteps;
    }
    result.push_back(t);
  }
  return result;
}

}  // namespace odsora
