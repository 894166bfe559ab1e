// The body of named_size(), of the public header.
#include <algorithm>
#include <array>
#include <iterator>
#include <span>
#include <string>

#include "base/error.h"
#include "odsora/odsora.h"

namespace odsora {
namespace {

using SizesOfRatio = std::array<PixelSize, std::size(kResolutions)>;

// Open-Sora's own numbers, of which no rule makes all: its 50:27 is 25:12 rather.
constexpr std::array<SizesOfRatio, std::size(kAspectRatios)> kSizes = {{
    {{{117, 312}, {196, 522}, {294, 784}, {392, 1046}, {588, 1568}}},  // 3:8
    {{{125, 291}, {210, 490}, {314, 732}, {420, 980}, {628, 1466}}},   // 9:21
    {{{133, 277}, {222, 462}, {332, 692}, {444, 925}, {666, 1388}}},   // 12:25
    {{{135, 270}, {226, 452}, {340, 680}, {452, 904}, {678, 1356}}},   // 1:2
    {{{139, 262}, {232, 438}, {350, 662}, {466, 880}, {698, 1318}}},   // 9:17
    {{{141, 260}, {236, 436}, {352, 652}, {470, 870}, {706, 1306}}},   // 27:50
    {{{144, 256}, {240, 426}, {360, 640}, {480, 854}, {720, 1280}}},   // 9:16
    {{{151, 241}, {252, 404}, {380, 608}, {506, 810}, {758, 1212}}},   // 5:8
    {{{156, 234}, {262, 393}, {392, 588}, {522, 784}, {784, 1176}}},   // 2:3
    {{{166, 221}, {276, 368}, {416, 554}, {554, 738}, {832, 1110}}},   // 3:4
    {{{192, 192}, {320, 320}, {480, 480}, {640, 640}, {960, 960}}},    // 1:1
    {{{221, 165}, {370, 278}, {554, 416}, {740, 555}, {1108, 832}}},   // 4:3
    {{{235, 156}, {392, 262}, {588, 392}, {784, 522}, {1176, 784}}},   // 3:2
    {{{256, 144}, {426, 240}, {640, 360}, {854, 480}, {1280, 720}}},   // 16:9
    {{{263, 139}, {440, 232}, {660, 350}, {880, 466}, {1320, 698}}},   // 17:9
    {{{271, 135}, {452, 226}, {678, 340}, {906, 454}, {1358, 680}}},   // 2:1
    {{{277, 132}, {462, 222}, {692, 332}, {924, 444}, {1386, 666}}},   // 50:27
}};

// "144p, 240p or 360p".
std::string listed(std::span<const char* const> names) {
  std::string list;
  for (size_t i = 0; i < names.size(); ++i) {
    if (i > 0) list += i + 1 == names.size() ? " or " : ", ";
    list += names[i];
  }
  return list;
}

size_t index_in(std::span<const char* const> names, const std::string& name, const char* what) {
  const auto place = std::find(names.begin(), names.end(), name);
  if (place == names.end()) {
    fail(ErrorCode::kInvalidArgument, what, ": expected ", listed(names), ", found ", name);
  }
  return static_cast<size_t>(place - names.begin());
}

}  // namespace

PixelSize named_size(const std::string& resolution, const std::string& aspect_ratio) {
  const size_t column = index_in(kResolutions, resolution, "resolution");
  return kSizes[index_in(kAspectRatios, aspect_ratio, "aspect ratio")][column];
}

}  // namespace odsora
