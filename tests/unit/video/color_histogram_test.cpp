#include "video/color_histogram.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace odsora {
namespace {

using testing::ElementsAre;

TEST(ColorHistogram, GroupsNeighboursAroundTheirMean) {
  ColorHistogram histogram;
  histogram.add(std::vector<uint8_t>{8, 16, 0, 10, 16, 0, 255, 255, 255});
  histogram.add(std::vector<uint8_t>{15, 16, 6});
  const std::vector<ColorGroup> groups = histogram.groups();
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_EQ(groups[0].pixels, 3);
  EXPECT_THAT(groups[0].mean, ElementsAre(11, 16, 2));
  EXPECT_EQ(groups[1].pixels, 1);
  EXPECT_THAT(groups[1].mean, ElementsAre(255, 255, 255));
}

TEST(ColorHistogram, NotesUpTo256Colours) {
  ColorHistogram histogram;
  EXPECT_TRUE(histogram.few_colors()->empty());
  for (int i = 255; i >= 0; --i) histogram.add(std::vector<uint8_t>{static_cast<uint8_t>(i), 1, 2, 0, 1, 2});
  ASSERT_TRUE(histogram.few_colors().has_value());
  ASSERT_EQ(histogram.few_colors()->size(), 256U);
  EXPECT_EQ(histogram.few_colors()->at(7), (Color{7, 1, 2}));
  histogram.add(std::vector<uint8_t>{0, 0, 0});
  EXPECT_FALSE(histogram.few_colors().has_value());
}

}  // namespace
}  // namespace odsora
