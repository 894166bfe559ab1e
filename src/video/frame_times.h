// When frames are shown, in files that count whole ticks.
#pragma once

#include <cmath>

namespace odsora {

/// Ticks for which the frame, counted from 0, is shown. A frame begins at the tick nearest to its true time, so that
/// errors of rounding do not add up.
inline int frame_ticks(int frame, double fps, int ticks_per_second) {
  const auto begin = [&](int index) { return std::llround(index * static_cast<double>(ticks_per_second) / fps); };
  return static_cast<int>(begin(frame + 1) - begin(frame));
}

}  // namespace odsora
