// A colour of 8-bit pictures.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace odsora {

using Color = std::array<uint8_t, 3>;  // red, green, blue
using Palette = std::vector<Color>;

}  // namespace odsora
