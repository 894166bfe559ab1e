#include "video/gif_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/pictures.h"
#include "support/temporary_folder.h"
#include "support/video_probe.h"

namespace odsora {
namespace {

using testing::HasSubstr;
using testing::Not;

/// A pattern of `colors` colours that moves by one pixel a frame.
auto pattern_of(int colors) {
  return [colors](const VideoFormat& format, int frame) {
    Picture picture;
    for (int i = 0; i < format.width * format.height; ++i) {
      const int color = (i + frame) * 7 % colors;
      picture.insert(picture.end(), {static_cast<uint8_t>(color), static_cast<uint8_t>(color * 37),
                                     static_cast<uint8_t>(255 - color / 2)});
    }
    return picture;
  };
}

TEST(GifWriter, FewColoursComeBackExactly) {
  const TemporaryFolder folder;
  const VideoFormat format{.width = 37, .height = 23, .fps = 10, .frames = 6};
  for (const int colors : {1, 2, 3, 100, 255, 256}) {
    const auto pattern = pattern_of(colors);
    write_video(format, folder.path() / "out.gif", pattern);
    const ProbedVideo video = VideoProbe::read(folder.path() / "out.gif");
    EXPECT_EQ(video.codec, "gif");
    ASSERT_EQ(video.frames.size(), 6U) << colors;
    for (int frame = 0; frame < 6; ++frame) {
      EXPECT_EQ(video.frames[static_cast<size_t>(frame)], pattern(format, frame)) << colors << " colours";
    }
  }
}

TEST(GifWriter, ManyColoursComeNear) {
  const TemporaryFolder folder;
  const VideoFormat format{.width = 160, .height = 96, .fps = 8, .frames = 17};
  write_video(format, folder.path() / "out.gif", waves);
  const ProbedVideo video = VideoProbe::read(folder.path() / "out.gif");
  ASSERT_EQ(video.frames.size(), 17U);
  for (int frame = 0; frame < 17; ++frame) {
    EXPECT_GT(psnr(video.frames[static_cast<size_t>(frame)], waves(format, frame)), 32) << "frame " << frame;
  }
}

TEST(GifWriter, WhatStandsStillDoesNotFlicker) {
  const TemporaryFolder folder;
  const VideoFormat format{.width = 64, .height = 64, .fps = 8, .frames = 4};
  // The lower half moves, the upper one does not.
  write_video(format, folder.path() / "out.gif", [](const VideoFormat& size, int frame) {
    Picture picture = waves(size, 0);
    const Picture moving = waves(size, 5 * frame);
    std::copy(moving.begin() + 32 * 64 * 3, moving.end(), picture.begin() + 32 * 64 * 3);
    return picture;
  });
  const ProbedVideo video = VideoProbe::read(folder.path() / "out.gif");
  for (const Picture& frame : video.frames) {
    EXPECT_TRUE(std::equal(frame.begin(), frame.begin() + 32 * 64 * 3, video.frames[0].begin()));
  }
}

TEST(GifWriter, FramesBeginAtTheNearestHundredth) {
  const TemporaryFolder folder;
  for (const double fps : {0.1, 8.0, 24.0, 30000.0 / 1001, 50.0}) {
    write_video({.width = 16, .height = 16, .fps = fps, .frames = 9}, folder.path() / "out.gif", waves);
    const ProbedVideo video = VideoProbe::read(folder.path() / "out.gif");
    ASSERT_EQ(video.seconds.size(), 9U);
    for (size_t i = 0; i < 9; ++i) {
      EXPECT_NEAR(video.seconds[i], std::round(100 * static_cast<double>(i) / fps) / 100, 1e-9) << fps;
    }
  }
}

TEST(GifWriter, ShowsVideosAgainAndAgain) {
  const TemporaryFolder folder;
  const std::string forever("NETSCAPE2.0\x03\x01\0\0\0", 16);
  write_video({.width = 16, .height = 16, .fps = 24, .frames = 3}, folder.path() / "out.gif", waves);
  EXPECT_THAT(bytes_of(folder.path() / "out.gif"), HasSubstr(forever));
  write_video({.width = 16, .height = 16, .fps = 24, .frames = 1}, folder.path() / "one.gif", waves);
  EXPECT_THAT(bytes_of(folder.path() / "one.gif"), Not(HasSubstr(forever)));
}

}  // namespace
}  // namespace odsora
