// Which colour of a palette is nearest to another.
#pragma once

#include <cstdint>
#include <vector>

#include "video/color.h"

namespace odsora {

/// Exact, and quick for the second colour of a neighbourhood: for each cell of a grid, once it is asked for, those
/// colours are kept that can be nearest to any point of it.
class NearestColor {
 public:
  /// Requires 1 to 256 colours.
  explicit NearestColor(Palette palette);

  const Palette& palette() const { return palette_; }

  /// The place in the palette, the first of several that are as near.
  uint8_t find(const Color& color);

 private:
  struct Candidates {
    uint32_t first = 0;
    uint16_t count = 0;  // 0: not yet known
  };

  Candidates make_candidates(const Color& corner);

  const Palette palette_;
  std::vector<Candidates> cells_;
  std::vector<uint8_t> candidates_;
};

}  // namespace odsora
