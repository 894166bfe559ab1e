#include "video/frames.h"

#include <algorithm>
#include <cassert>

namespace odsora {
namespace {

uint8_t quantize(float value) {
  if (!(value > -1.0F)) return 0;  // NaN too
  const float unit = (std::min(value, 1.0F) + 1.0F) / 2.0F;
  return static_cast<uint8_t>(std::min(unit * 255.0F + 0.5F, 255.0F));
}

}  // namespace

void quantize_pixels(std::span<const float> values, std::span<uint8_t> out) {
  assert(values.size() == out.size());
  std::transform(values.begin(), values.end(), out.begin(), quantize);
}

void append_pixels(std::span<const float> values, Frames& frames) {
  const size_t frame_size = static_cast<size_t>(frames.height) * static_cast<size_t>(frames.width) * 3;
  assert(frame_size > 0 && values.size() % frame_size == 0);
  const size_t before = frames.rgb.size();
  frames.rgb.resize(before + values.size());
  quantize_pixels(values, std::span(frames.rgb).subspan(before));
  frames.count += static_cast<int>(values.size() / frame_size);
}

}  // namespace odsora
