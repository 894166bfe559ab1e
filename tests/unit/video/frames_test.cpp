#include "video/frames.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace odsora {
namespace {

using testing::ElementsAre;

std::vector<uint8_t> quantized(const std::vector<float>& values) {
  std::vector<uint8_t> pixels(values.size());
  quantize_pixels(values, pixels);
  return pixels;
}

TEST(Frames, QuantizesTheWholeRange) {
  EXPECT_THAT(quantized({-1.0F, 0.0F, 1.0F}), ElementsAre(0, 128, 255));
  std::vector<float> levels;
  for (int level = 0; level < 256; ++level) levels.push_back(2.0F * static_cast<float>(level) / 255.0F - 1.0F);
  const std::vector<uint8_t> pixels = quantized(levels);
  for (size_t level = 0; level < 256; ++level) EXPECT_EQ(pixels[level], level);
}

TEST(Frames, RoundsHalvesUp) {
  EXPECT_THAT(quantized({2 * 9.49F / 255 - 1, 2 * 9.51F / 255 - 1, -1 + 1.0F / 255}), ElementsAre(9, 10, 1));
}

TEST(Frames, ClampsAndDefinesNan) {
  const float infinity = std::numeric_limits<float>::infinity();
  EXPECT_THAT(quantized({-3.0F, 3.0F, -infinity, infinity, std::numeric_limits<float>::quiet_NaN()}),
              ElementsAre(0, 255, 0, 255, 0));
}

TEST(Frames, AppendsWholeFrames) {
  Frames frames{.width = 2, .height = 1, .count = 0, .rgb = {}};
  append_pixels(std::vector<float>(12, 1.0F), frames);
  append_pixels(std::vector<float>(6, -1.0F), frames);
  EXPECT_EQ(frames.count, 3);
  EXPECT_THAT(frames.rgb, ElementsAre(255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0));
}

}  // namespace
}  // namespace odsora
