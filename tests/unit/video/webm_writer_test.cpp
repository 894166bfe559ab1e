#include "video/webm_writer.h"

#include <gtest/gtest.h>

#include "support/pictures.h"
#include "support/temporary_folder.h"
#include "support/video_probe.h"

namespace odsora {
namespace {

TEST(WebmWriter, RoundTrips) {
  const TemporaryFolder folder;
  const VideoFormat format{.width = 160, .height = 96, .fps = 24, .frames = 17};
  write_video(format, folder.path() / "out.webm", waves);
  const ProbedVideo video = VideoProbe::read(folder.path() / "out.webm");
  EXPECT_EQ(video.codec, "vp9");
  EXPECT_EQ(video.width, 160);
  EXPECT_EQ(video.height, 96);
  EXPECT_NEAR(video.fps, 24, 1e-3);
  EXPECT_EQ(video.pixels, AV_PIX_FMT_YUV420P);
  EXPECT_EQ(video.matrix, AVCOL_SPC_BT709);
  EXPECT_EQ(video.range, AVCOL_RANGE_MPEG);
  ASSERT_EQ(video.frames.size(), 17U);
  for (int frame = 0; frame < 17; ++frame) {
    EXPECT_GT(psnr(video.frames[static_cast<size_t>(frame)], waves(format, frame)), 34) << "frame " << frame;
  }
}

TEST(WebmWriter, KeepsFractionalRates) {
  const TemporaryFolder folder;
  for (const double fps : {0.5, 12.5, 24000.0 / 1001, 29.97, 60.0}) {
    const VideoFormat format{.width = 32, .height = 32, .fps = fps, .frames = 5};
    write_video(format, folder.path() / "rate.webm", waves);
    const ProbedVideo video = VideoProbe::read(folder.path() / "rate.webm");
    EXPECT_NEAR(video.fps, fps, 1e-3 * fps);
    ASSERT_EQ(video.seconds.size(), 5U);
    EXPECT_NEAR(video.seconds[4], 4 / fps, 1e-3);
  }
}

TEST(WebmWriter, OneFrame) {
  const TemporaryFolder folder;
  write_video({.width = 32, .height = 16, .fps = 24, .frames = 1}, folder.path() / "one.webm", waves);
  EXPECT_EQ(VideoProbe::read(folder.path() / "one.webm").frames.size(), 1U);
}

TEST(WebmWriter, KeepsColours) {
  const TemporaryFolder folder;
  const VideoFormat format{.width = 64, .height = 64, .fps = 24, .frames = 1};
  for (const std::array<uint8_t, 3> color :
       {std::array<uint8_t, 3>{255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {255, 255, 255}, {200, 120, 40}, {0, 0, 0}}) {
    const Picture picture = solid(format, color[0], color[1], color[2]);
    write_video(format, folder.path() / "colour.webm", [&](const VideoFormat&, int) { return picture; });
    const Picture read = VideoProbe::read(folder.path() / "colour.webm").frames.at(0);
    for (size_t i = 0; i < read.size(); ++i) ASSERT_NEAR(read[i], picture[i], 4) << "channel " << i % 3;
  }
}

}  // namespace
}  // namespace odsora
