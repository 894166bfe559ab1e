#include "video/fit_frame.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace odsora {
namespace {

constexpr FrameSize kSource{40, 30}, kTarget{24, 24};
constexpr int kColour[3] = {250, 10, 200};

/// The middle of a frame of one colour, whose pixels are these bytes, once it is resized.
std::vector<int> resized_colour(AVPixelFormat format, const std::vector<uint8_t>& pixel) {
  const Frame frame = make_frame(format, kSource.width, kSource.height);
  frame->colorspace = AVCOL_SPC_RGB;  // as decoders of pictures state
  for (int y = 0; y < kSource.height; ++y) {
    uint8_t* out = frame->data[0] + static_cast<ptrdiff_t>(y) * frame->linesize[0];
    for (int x = 0; x < kSource.width; ++x) out = std::copy(pixel.begin(), pixel.end(), out);
  }
  if (format == AV_PIX_FMT_PAL8) {  // blue, green, red, alpha
    constexpr uint8_t kEntry[] = {kColour[2], kColour[1], kColour[0], 255};
    for (int i = 0; i < 256; ++i) std::copy_n(kEntry, 4, frame->data[1] + 4 * static_cast<ptrdiff_t>(i));
  }
  std::vector<uint8_t> rgb(3 * static_cast<size_t>(kTarget.width * kTarget.height));
  FrameFitter(kTarget, ResizeFilter::kBicubic).fit(*frame, Orientation{}, rgb);
  const size_t middle = 3 * static_cast<size_t>(kTarget.width * kTarget.height / 2 + kTarget.width / 2);
  return {rgb[middle], rgb[middle + 1], rgb[middle + 2]};
}

void expect_colour(AVPixelFormat format, const std::vector<uint8_t>& pixel) {
  const std::vector<int> found = resized_colour(format, pixel);
  for (size_t i = 0; i < 3; ++i) EXPECT_NEAR(found[i], kColour[i], 2) << "channel " << i;
}

// libswscale resizes RGB by way of YUV: a matrix there and another one back would shift every colour.
TEST(FitFrame, ResizedRgbKeepsItsColours) {
  expect_colour(AV_PIX_FMT_RGB24, {250, 10, 200});
  expect_colour(AV_PIX_FMT_BGR24, {200, 10, 250});
  expect_colour(AV_PIX_FMT_RGBA, {250, 10, 200, 0});
  expect_colour(AV_PIX_FMT_BGRA, {200, 10, 250, 77});
}

TEST(FitFrame, ResizedPalettesKeepTheirColours) { expect_colour(AV_PIX_FMT_PAL8, {7}); }

}  // namespace
}  // namespace odsora
