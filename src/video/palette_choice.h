// The few colours that stand best for many.
#pragma once

#include <vector>

#include "video/color.h"
#include "video/color_histogram.h"

namespace odsora {

/// At most `size` colours whose squared distance to the groups' pixels is small: boxes cut where the variance falls
/// most (Wan, Wong and Prusinkiewicz 1990; Wu, "Color quantization by dynamic programming and principal analysis",
/// 1992), then Lloyd's k-means from their means.
Palette choose_palette(std::vector<ColorGroup> groups, size_t size);

}  // namespace odsora
