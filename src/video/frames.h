// Decoded frames as 8-bit pictures.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace odsora {

struct Frames {
  int width = 0, height = 0;  // pixels
  int count = 0;
  std::vector<uint8_t> rgb;  // [count, height, width, 3]
};

/// Receives the frames of a video in order: [height, width, 3], red green blue.
using PixelSink = std::function<void(std::span<const uint8_t> frame)>;

/// Maps [-1, 1] to 0 … 255, rounding halves up; values beyond are clamped, NaN becomes 0. `out` has as many elements.
/// Equal to Open-Sora's save_sample in f32.
void quantize_pixels(std::span<const float> values, std::span<uint8_t> out);

/// Quantizes `values`, [n, height, width, 3] for the size that `frames` has, and appends them as n frames.
void append_pixels(std::span<const float> values, Frames& frames);

}  // namespace odsora
