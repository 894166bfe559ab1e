#include "models/latent_preview.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>

namespace odsora {
namespace {

using Color = std::array<int, 3>;

// [1, channels, frames, height, width], value(channel, frame, pixel).
template <typename Value>
HostTensor latent(const Shape& shape, const Value& value) {
  HostTensor z(shape);
  const int64_t frames = z.dim(2), plane = z.dim(3) * z.dim(4);
  for (int64_t i = 0; i < z.count(); ++i) {
    z.values[static_cast<size_t>(i)] = static_cast<float>(value(i / (frames * plane), i / plane % frames, i % plane));
  }
  return z;
}

Color at(const RgbPicture& picture, int x, int y) {
  const uint8_t* pixel = picture.rgb.data() + static_cast<size_t>(y * picture.width + x) * 3;
  return {pixel[0], pixel[1], pixel[2]};
}

// Two channels: red is the first one, green twice the second, blue a constant.
LatentColorMap red_and_green() {
  LatentColorMap map;
  map.weights = {std::vector<double>{1, 0}, {0, 2}, {0, 0}};
  map.offset = {0, 0, 0.2};
  return map;
}

void expect_layout(const StripLayout& layout, int frames, int square, int width, int height) {
  EXPECT_EQ(layout.frames, frames);
  EXPECT_EQ(layout.square, square);
  EXPECT_EQ(layout.width, width);
  EXPECT_EQ(layout.height, height);
}

TEST(StripLayout, EnlargesFramesTo64PixelsWhereTheyFit) {
  expect_layout(strip_layout(10, 16, 16), 8, 4, 512, 64);
  expect_layout(strip_layout(20, 32, 32), 8, 2, 512, 64);
  expect_layout(strip_layout(3, 30, 20), 3, 3, 180, 90);   // the least whole enlargement above
  expect_layout(strip_layout(1, 16, 16), 1, 4, 64, 64);    // a picture
  expect_layout(strip_layout(20, 4, 160), 8, 1, 1280, 4);  // the width allows no more
  expect_layout(strip_layout(20, 90, 160), 8, 1, 1280, 90);
}

TEST(StripLayout, ShowsFewerFramesOfAWideVideo) {
  expect_layout(strip_layout(20, 128, 256), 4, 1, 1024, 128);
  expect_layout(strip_layout(20, 63, 100), 8, 1, 800, 63);  // enlarged it would have too many pixels
  expect_layout(strip_layout(20, 900, 900), 1, 1, 900, 900);
  expect_layout(strip_layout(20, 8, 2000), 1, 1, 2000, 8);
}

TEST(PreviewStrip, ShowsFramesFromTheFirstToTheLast) {
  const HostTensor z = latent({1, 2, 15, 64, 1}, [](int64_t channel, int64_t frame, int64_t) {
    return channel == 0 ? static_cast<double>(frame) / 255 : 0.0;
  });
  const RgbPicture strip = preview_strip({.z = z, .velocity = z}, red_and_green());
  ASSERT_EQ(strip.width, 8);
  ASSERT_EQ(strip.height, 64);
  for (int place = 0; place < 8; ++place) EXPECT_EQ(at(strip, place, 63), (Color{2 * place, 0, 51}));
}

TEST(PreviewStrip, EachLatentPixelIsASquare) {
  const HostTensor z = latent({1, 2, 2, 32, 3}, [](int64_t channel, int64_t frame, int64_t pixel) {
    return channel == 0 ? static_cast<double>(pixel) / 255 : static_cast<double>(frame) / 5;
  });
  const RgbPicture strip = preview_strip({.z = z, .velocity = z}, red_and_green());
  ASSERT_EQ(strip.width, 2 * 3 * 2);
  ASSERT_EQ(strip.height, 64);
  for (int y = 0; y < 64; ++y) {
    for (int x = 0; x < 12; ++x) {
      EXPECT_EQ(at(strip, x, y), (Color{y / 2 * 3 + x / 2 % 3, x < 6 ? 0 : 102, 51})) << x << ' ' << y;
    }
  }
}

TEST(PreviewStrip, GoesOnStraightWhereFramesMoveAndLeavesThoseThatAreHeld) {
  const Shape shape = {1, 2, 2, 64, 1};
  const HostTensor z = latent(shape, [](int64_t channel, int64_t, int64_t) { return channel == 0 ? 0.4 : 0.0; });
  const HostTensor velocity = latent(shape, [](int64_t channel, int64_t, int64_t) { return channel == 0 ? 1 : 0; });
  const std::vector<uint8_t> moving = {0, 1};
  const RgbPicture strip =
      preview_strip({.z = z, .velocity = velocity, .time_left = 0.2F, .moving = moving}, red_and_green());
  EXPECT_EQ(at(strip, 0, 0), (Color{102, 0, 51}));
  EXPECT_EQ(at(strip, 1, 0), (Color{153, 0, 51}));
  const RgbPicture all = preview_strip({.z = z, .velocity = velocity, .time_left = 0.2F}, red_and_green());
  EXPECT_EQ(at(all, 0, 0), (Color{153, 0, 51}));
}

TEST(PreviewStrip, ColoursBeyondTheRangeAreClampedAndWhatIsNotFiniteIsBlack) {
  const HostTensor z = latent({1, 2, 1, 64, 3}, [](int64_t channel, int64_t, int64_t pixel) {
    if (channel == 1) return 0.0;
    return pixel % 3 == 0 ? 7.0 : pixel % 3 == 1 ? -7.0 : std::numeric_limits<double>::quiet_NaN();
  });
  const RgbPicture strip = preview_strip({.z = z, .velocity = HostTensor(z.shape)}, red_and_green());
  EXPECT_EQ(at(strip, 0, 0), (Color{255, 0, 51}));
  EXPECT_EQ(at(strip, 1, 0), (Color{0, 0, 51}));
  EXPECT_EQ(at(strip, 2, 0)[0], 0);
}

TEST(PreviewStrip, WithoutAMapItIsGreyFromTheLeastMeanToTheGreatest) {
  const HostTensor z = latent({1, 2, 2, 64, 2}, [](int64_t channel, int64_t frame, int64_t pixel) {
    return 10.0 * static_cast<double>(channel) + 5.0 * static_cast<double>(frame) + static_cast<double>(pixel % 2) - 30;
  });
  const RgbPicture strip = preview_strip({.z = z, .velocity = HostTensor(z.shape)}, std::nullopt);
  ASSERT_EQ(strip.width, 4);
  EXPECT_EQ(at(strip, 0, 0), (Color{0, 0, 0}));
  EXPECT_EQ(at(strip, 1, 0), (Color{43, 43, 43}));  // a sixth of the range
  EXPECT_EQ(at(strip, 2, 0), (Color{213, 213, 213}));
  EXPECT_EQ(at(strip, 3, 0), (Color{255, 255, 255}));
}

TEST(PreviewStrip, AFlatLatentIsBlackWithoutAMap) {
  const HostTensor z = latent({1, 3, 1, 64, 1}, [](int64_t, int64_t, int64_t) { return 3; });
  EXPECT_EQ(at(preview_strip({.z = z, .velocity = HostTensor(z.shape)}, std::nullopt), 0, 0), (Color{0, 0, 0}));
}

}  // namespace
}  // namespace odsora
