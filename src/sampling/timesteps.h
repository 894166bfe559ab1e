// The times at which a rectified flow is evaluated, from 1000 (noise) down towards 0 (data).
#pragma once

#include <cstdint>
#include <vector>

namespace odsora {

/// The time of noise.
constexpr float kTrainTimesteps = 1000.0F;

/// Precision of the arithmetic on the sizes. The reference makes them in the model's type, so its bf16 runs use a
/// rounded ratio; kBF16 repeats that.
enum class SizeArithmetic { kF32, kBF16 };

struct TimestepOptions {
  int steps = 30;
  /// Spend more steps near the noise for larger and longer videos.
  bool transform = true;
  /// Round to whole numbers before the transform.
  bool discrete = false;
  int64_t pixel_height = 512;  // of the wanted picture
  int64_t pixel_width = 512;
  int64_t frames = 1;  // of the wanted clip
  /// Of the clip. Used for clips of 2 to 16 frames only, where the reference's frames / 17 * 5 is zero and it divides
  /// by zero: there this count takes its place.
  int64_t latent_frames = 1;
  SizeArithmetic arithmetic = SizeArithmetic::kF32;
};

/// t_0 … t_{steps-1}; after the last one the flow is at 0. In f32, in the order of operations of the reference.
std::vector<float> timesteps(const TimestepOptions& options);

}  // namespace odsora
