#include "video/ordered_dither.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

namespace odsora {
namespace {

using testing::Each;

std::vector<uint8_t> dithered_gray(int gray, int side) {
  NearestColor colors({{0, 0, 0}, {100, 100, 100}, {200, 200, 200}});
  const auto pixels = static_cast<size_t>(side * side);
  const std::vector<uint8_t> rgb(3 * pixels, static_cast<uint8_t>(gray));
  std::vector<uint8_t> indices(pixels);
  dither(rgb, side, colors, indices);
  return indices;
}

TEST(OrderedDither, KeepsColoursOfThePalette) {
  EXPECT_THAT(dithered_gray(100, 8), Each(1));
  EXPECT_THAT(dithered_gray(200, 8), Each(2));
}

TEST(OrderedDither, MixesWhatIsBetween) {
  const std::vector<uint8_t> indices = dithered_gray(50, 8);
  const double mean = 100.0 * std::accumulate(indices.begin(), indices.end(), 0) / 64;
  EXPECT_NEAR(mean, 50, 1);
}

TEST(OrderedDither, RepeatsByPlaceAlone) {
  const std::vector<uint8_t> indices = dithered_gray(130, 9);  // an odd width
  for (size_t y = 2; y < 9; ++y) {
    for (size_t x = 2; x < 9; ++x) EXPECT_EQ(indices[y * 9 + x], indices[(y - 2) * 9 + x - 2]);
  }
}

}  // namespace
}  // namespace odsora
