#include "models/latent_preview.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <vector>

namespace odsora {
namespace {

constexpr int64_t kMostFrames = 8;
constexpr int64_t kMostWidth = 1600;      // pixels
constexpr int64_t kFrameHeight = 64;      // pixels
constexpr int64_t kMostPixels = 144'000;  // of a strip, so that writing it takes little memory

// The frame of a clip that stands at a place of the strip.
int64_t shown_frame(int64_t place, int64_t shown, int64_t frames) {
  return shown == 1 ? 0 : (place * (frames - 1) + (shown - 1) / 2) / (shown - 1);
}

// Adds weight · x of one channel and frame to every pixel of `sum`.
void add_channel(const UnfinishedLatent& latent, int64_t channel, int64_t frame, float weight, std::span<float> sum) {
  const int64_t plane = static_cast<int64_t>(sum.size());
  const int64_t begin = (channel * latent.z.dim(2) + frame) * plane;
  const bool moves = latent.moving.empty() || latent.moving[static_cast<size_t>(frame)] != 0;
  const float time = moves ? latent.time_left : 0.0F;
  const float* z = latent.z.data() + begin;
  const float* velocity = latent.velocity.data() + begin;
  for (size_t i = 0; i < sum.size(); ++i) sum[i] += weight * (z[i] + velocity[i] * time);
}

// Makes the least finite value 0 and the greatest 1.
void stretch(std::vector<float>& values) {
  float least = std::numeric_limits<float>::max(), greatest = std::numeric_limits<float>::lowest();
  for (const float value : values) {
    if (!std::isfinite(value)) continue;
    least = std::min(least, value);
    greatest = std::max(greatest, value);
  }
  const float range = greatest > least ? greatest - least : 1.0F;
  for (float& value : values) value = (value - least) / range;
}

uint8_t quantize(float unit) {
  if (!(unit > 0.0F)) return 0;  // NaN too
  return static_cast<uint8_t>(std::min(unit, 1.0F) * 255.0F + 0.5F);
}

}  // namespace

StripLayout strip_layout(int64_t latent_frames, int64_t latent_height, int64_t latent_width) {
  assert(latent_frames > 0 && latent_height > 0 && latent_width > 0);
  const int64_t plane = latent_height * latent_width;
  const int64_t fitting = std::max<int64_t>(std::min(kMostWidth / latent_width, kMostPixels / plane), 1);
  const int64_t frames = std::min({latent_frames, kMostFrames, fitting});
  const int64_t wished = (kFrameHeight + latent_height - 1) / latent_height;
  int64_t square = std::clamp<int64_t>(kMostWidth / (frames * latent_width), 1, wished);
  while (square > 1 && frames * plane * square * square > kMostPixels) --square;
  return {.frames = static_cast<int>(frames),
          .square = static_cast<int>(square),
          .width = static_cast<int>(frames * latent_width * square),
          .height = static_cast<int>(latent_height * square)};
}

RgbPicture preview_strip(const UnfinishedLatent& latent, const std::optional<LatentColorMap>& colors) {
  const int64_t channels = latent.z.dim(1), frames = latent.z.dim(2), height = latent.z.dim(3), width = latent.z.dim(4);
  assert(latent.z.dim(0) == 1 && latent.velocity.count() == latent.z.count());
  assert(!colors || colors->channels() == static_cast<size_t>(channels));
  const StripLayout layout = strip_layout(frames, height, width);
  const auto plane = static_cast<size_t>(height * width);
  const size_t grays_or_colors = colors ? 3 : 1;

  std::vector<float> values(static_cast<size_t>(layout.frames) * grays_or_colors * plane);  // [frames, 1 or 3, plane]
  for (int place = 0; place < layout.frames; ++place) {
    const int64_t frame = shown_frame(place, layout.frames, frames);
    for (size_t color = 0; color < grays_or_colors; ++color) {
      const auto sum = std::span(values).subspan((static_cast<size_t>(place) * grays_or_colors + color) * plane, plane);
      if (colors) std::fill(sum.begin(), sum.end(), static_cast<float>(colors->offset[color]));
      for (int64_t channel = 0; channel < channels; ++channel) {
        const double weight =
            colors ? colors->weights[color][static_cast<size_t>(channel)] : 1.0 / static_cast<double>(channels);
        add_channel(latent, channel, frame, static_cast<float>(weight), sum);
      }
    }
  }
  if (!colors) stretch(values);

  RgbPicture strip = {.width = layout.width, .height = layout.height, .rgb = {}};
  strip.rgb.reserve(static_cast<size_t>(layout.width) * static_cast<size_t>(layout.height) * 3);
  for (int y = 0; y < layout.height; ++y) {
    for (int x = 0; x < layout.width; ++x) {
      const int64_t column = x / layout.square;
      const auto frame = static_cast<size_t>(column / width);
      const auto pixel = static_cast<size_t>(y / layout.square * width + column % width);
      for (size_t color = 0; color < 3; ++color) {
        const size_t source = frame * grays_or_colors + (colors ? color : 0);
        strip.rgb.push_back(quantize(values[source * plane + pixel]));
      }
    }
  }
  return strip;
}

}  // namespace odsora
