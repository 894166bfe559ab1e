#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <charconv>
#include <cmath>
#include <string>

#include "odsora/odsora.h"
#include "support/expect_error.h"

namespace odsora {
namespace {

using testing::ElementsAre;

// Latent heights and widths for 144p to 720p: eight times smaller, rounded down.
struct LatentRow {
  const char* aspect_ratio;
  std::array<PixelSize, 5> sizes;
};

constexpr LatentRow kLatents[] = {
    {"3:8", {{{14, 39}, {24, 65}, {36, 98}, {49, 130}, {73, 196}}}},
    {"9:21", {{{15, 36}, {26, 61}, {39, 91}, {52, 122}, {78, 183}}}},
    {"12:25", {{{16, 34}, {27, 57}, {41, 86}, {55, 115}, {83, 173}}}},
    {"1:2", {{{16, 33}, {28, 56}, {42, 85}, {56, 113}, {84, 169}}}},
    {"9:17", {{{17, 32}, {29, 54}, {43, 82}, {58, 110}, {87, 164}}}},
    {"27:50", {{{17, 32}, {29, 54}, {44, 81}, {58, 108}, {88, 163}}}},
    {"9:16", {{{18, 32}, {30, 53}, {45, 80}, {60, 106}, {90, 160}}}},
    {"5:8", {{{18, 30}, {31, 50}, {47, 76}, {63, 101}, {94, 151}}}},
    {"2:3", {{{19, 29}, {32, 49}, {49, 73}, {65, 98}, {98, 147}}}},
    {"3:4", {{{20, 27}, {34, 46}, {52, 69}, {69, 92}, {104, 138}}}},
    {"1:1", {{{24, 24}, {40, 40}, {60, 60}, {80, 80}, {120, 120}}}},
    {"4:3", {{{27, 20}, {46, 34}, {69, 52}, {92, 69}, {138, 104}}}},
    {"3:2", {{{29, 19}, {49, 32}, {73, 49}, {98, 65}, {147, 98}}}},
    {"16:9", {{{32, 18}, {53, 30}, {80, 45}, {106, 60}, {160, 90}}}},
    {"17:9", {{{32, 17}, {55, 29}, {82, 43}, {110, 58}, {165, 87}}}},
    {"2:1", {{{33, 16}, {56, 28}, {84, 42}, {113, 56}, {169, 85}}}},
    {"50:27", {{{34, 16}, {57, 27}, {86, 41}, {115, 55}, {173, 83}}}},
};

double area(PixelSize size) { return static_cast<double>(size.height) * size.width; }

// Of "9:16", height by width.
double ratio_of(const std::string& name) {
  const size_t colon = name.find(':');
  int height = 0, width = 0;
  std::from_chars(name.data(), name.data() + colon, height);
  std::from_chars(name.data() + colon + 1, name.data() + name.size(), width);
  return static_cast<double>(height) / width;
}

template <typename Check>
void for_each_size(const Check& check) {
  for (const char* resolution : kResolutions) {
    for (const char* ratio : kAspectRatios) {
      SCOPED_TRACE(std::string(resolution) + " " + std::string(ratio));
      check(resolution, ratio, named_size(resolution, ratio));
    }
  }
}

TEST(NamedSize, GivesTheNumbersOfOpenSora) {
  const auto expect = [](const char* resolution, const char* ratio, PixelSize size) {
    EXPECT_EQ(named_size(resolution, ratio), size) << resolution << ' ' << ratio;
  };
  expect("144p", "3:8", {117, 312});
  expect("240p", "9:21", {210, 490});
  expect("360p", "12:25", {332, 692});
  expect("480p", "12:25", {444, 925});
  expect("480p", "1:2", {452, 904});
  expect("720p", "9:17", {698, 1318});
  expect("144p", "27:50", {141, 260});
  expect("144p", "9:16", {144, 256});
  expect("240p", "9:16", {240, 426});
  expect("360p", "9:16", {360, 640});
  expect("480p", "9:16", {480, 854});
  expect("720p", "9:16", {720, 1280});
  expect("360p", "5:8", {380, 608});
  expect("240p", "2:3", {262, 393});
  expect("144p", "3:4", {166, 221});
  expect("144p", "1:1", {192, 192});
  expect("720p", "1:1", {960, 960});
  expect("480p", "4:3", {740, 555});
  expect("720p", "3:2", {1176, 784});
  expect("240p", "16:9", {426, 240});
  expect("720p", "16:9", {1280, 720});
  expect("480p", "17:9", {880, 466});
  expect("360p", "2:1", {678, 340});
  expect("240p", "50:27", {462, 222});
}

TEST(NamedSize, HasALatentSizeForEachName) {
  ASSERT_EQ(std::size(kLatents), std::size(kAspectRatios));
  for (size_t row = 0; row < std::size(kLatents); ++row) {
    EXPECT_EQ(kAspectRatios[row], kLatents[row].aspect_ratio);
    for (size_t column = 0; column < kLatents[row].sizes.size(); ++column) {
      const PixelSize size = named_size(kResolutions[column], kLatents[row].aspect_ratio);
      EXPECT_EQ((PixelSize{size.height / 8, size.width / 8}), kLatents[row].sizes[column])
          << kLatents[row].aspect_ratio << ' ' << kResolutions[column];
    }
  }
}

TEST(NamedSize, KeepsTheAreaOfAResolution) {
  for_each_size([](const std::string& resolution, const std::string& /*ratio*/, PixelSize size) {
    EXPECT_NEAR(area(size) / area(named_size(resolution, "9:16")), 1, 0.015);
  });
}

TEST(NamedSize, HasTheRatioOfItsName) {
  for_each_size([](const std::string& /*resolution*/, const std::string& ratio, PixelSize size) {
    const double named = ratio == "50:27" ? 25.0 / 12 : ratio_of(ratio);  // Open-Sora's name for it
    EXPECT_NEAR(static_cast<double>(size.height) / size.width / named, 1, 0.03);
  });
}

TEST(NamedSize, CallsAResolutionByItsShorterSideAt9To16) {
  for (const char* resolution : kResolutions) {
    const int pixels = std::stoi(resolution);
    EXPECT_EQ(named_size(resolution, "9:16").height, pixels);
    EXPECT_EQ(named_size(resolution, "16:9").width, pixels);
  }
}

TEST(NamedSize, ListsNamesInOrder) {
  EXPECT_THAT(kResolutions, ElementsAre("144p", "240p", "360p", "480p", "720p"));
  for (size_t i = 1; i < std::size(kAspectRatios); ++i) {
    EXPECT_LT(named_size("720p", kAspectRatios[i - 1]).height, named_size("720p", kAspectRatios[i]).height);
  }
}

TEST(NamedSize, RefusesOtherNamesAndListsThese) {
  const auto refused = [](const char* resolution, const char* ratio, const char* sentence) {
    expect_error(ErrorCode::kInvalidArgument, {sentence}, [&] { named_size(resolution, ratio); });
  };
  refused("1080i", "9:16", "resolution: expected 144p, 240p, 360p, 480p or 720p, found 1080i");
  refused("", "9:16", "resolution: expected 144p, ");
  refused("240", "9:16", "resolution: expected 144p, ");
  refused("240p", "16:10", "aspect ratio: expected 3:8, 9:21, ");
  refused("240p", "16:10", "2:1 or 50:27, found 16:10");
}

}  // namespace
}  // namespace odsora
