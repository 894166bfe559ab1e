// Which colours a video has, and how often, in memory that does not grow with the video.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "video/color.h"

namespace odsora {

/// Pixels of nearly one colour.
struct ColorGroup {
  std::array<float, 3> mean;
  double pixels;
};

class ColorHistogram {
 public:
  static constexpr size_t kFewColors = 256;

  ColorHistogram();

  /// Counts the pixels of a frame, [n, 3].
  void add(std::span<const uint8_t> rgb);

  /// Every colour that was counted, ascending, if there are at most kFewColors.
  const std::optional<Palette>& few_colors() const { return few_colors_; }

  /// All pixels, grouped by the upper bits of their colours.
  std::vector<ColorGroup> groups() const;

 private:
  struct Cell {
    uint64_t pixels = 0;
    std::array<uint64_t, 3> sums = {};  // of their channels
  };

  void note(const Color& color);

  std::optional<Palette> few_colors_ = Palette();
  std::vector<Cell> cells_;  // by red, green, blue
};

}  // namespace odsora
