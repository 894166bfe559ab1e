// One picture in memory.
#pragma once

#include <cstdint>
#include <vector>

namespace odsora {

struct RgbPicture {
  int width = 0, height = 0;  // pixels
  std::vector<uint8_t> rgb;   // [height, width, 3]
};

}  // namespace odsora
