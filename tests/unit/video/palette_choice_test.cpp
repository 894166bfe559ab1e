#include "video/palette_choice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

namespace odsora {
namespace {

using testing::UnorderedElementsAre;

double squared_error(const std::vector<ColorGroup>& groups, const Palette& palette) {
  double sum = 0;
  for (const ColorGroup& group : groups) {
    double least = std::numeric_limits<double>::max();
    for (const Color& color : palette) {
      double distance = 0;
      for (size_t channel = 0; channel < 3; ++channel) {
        const double difference = static_cast<double>(group.mean[channel]) - color[channel];
        distance += difference * difference;
      }
      least = std::min(least, distance);
    }
    sum += group.pixels * least;
  }
  return sum;
}

TEST(PaletteChoice, FindsClusters) {
  const std::vector<ColorGroup> groups = {{{10, 10, 10}, 5}, {{12, 10, 10}, 5}, {{200, 0, 0}, 1},
                                          {{0, 200, 0}, 3},  {{0, 200, 4}, 1},  {{250, 250, 250}, 1000}};
  EXPECT_THAT(choose_palette(groups, 4),
              UnorderedElementsAre(Color{11, 10, 10}, Color{200, 0, 0}, Color{0, 200, 1}, Color{250, 250, 250}));
}

TEST(PaletteChoice, TakesNoMoreColoursThanThereAre) {
  EXPECT_THAT(choose_palette({{{1, 2, 3}, 9}, {{3, 2, 1}, 1}}, 255),
              UnorderedElementsAre(Color{1, 2, 3}, Color{3, 2, 1}));
}

// A grid of as many colours serves uniform ones well. Cuts in two cannot make its six levels a side and leave 1.3 times
// its error, of which k-means takes a third.
TEST(PaletteChoice, IsNearlyAsGoodAsAGridForUniformColours) {
  std::vector<ColorGroup> groups;
  Palette grid;
  for (int i = 0; i < 32 * 32 * 32; ++i) {
    const auto level = [&](int shift) { return static_cast<float>((i >> shift) % 32 * 8 + 4); };
    groups.push_back({{level(10), level(5), level(0)}, 1});
  }
  for (int i = 0; i < 216; ++i) {
    const auto level = [&](int divisor) { return static_cast<uint8_t>(21 + i / divisor % 6 * 42.6); };
    grid.push_back({level(36), level(6), level(1)});
  }
  EXPECT_LT(squared_error(groups, choose_palette(groups, 216)), 1.25 * squared_error(groups, grid));
}

}  // namespace
}  // namespace odsora
