// Pixels of many colours as pixels of a palette, whose mixtures look like them.
#pragma once

#include <cstdint>
#include <span>

#include "video/nearest_color.h"

namespace odsora {

/// Thomas Knoll's pattern dithering (US patent 6,606,166, expired): for each pixel a few colours of the palette whose
/// mean is near to it, ordered by brightness, of which the pixel's place takes one. Equal pixels at the same place
/// become equal ones in every frame, so that what stands still does not flicker.
/// `rgb` is [height, width, 3], `indices` [height, width].
void dither(std::span<const uint8_t> rgb, int width, NearestColor& colors, std::span<uint8_t> indices);

}  // namespace odsora
