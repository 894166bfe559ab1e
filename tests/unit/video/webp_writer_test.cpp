#include "video/webp_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "support/pictures.h"
#include "support/temporary_folder.h"
#include "support/webp_probe.h"

namespace odsora {
namespace {

using testing::ElementsAre;

TEST(WebpWriter, AnimationRoundTrips) {
  const TemporaryFolder folder;
  const VideoFormat format{.width = 97, .height = 63, .fps = 24, .frames = 12};
  write_video(format, folder.path() / "out.webp", waves);
  const ProbedAnimation animation = WebpProbe::read(folder.path() / "out.webp");
  EXPECT_EQ(animation.width, 97);
  EXPECT_EQ(animation.height, 63);
  EXPECT_EQ(animation.loop_count, 0);
  ASSERT_EQ(animation.frames.size(), 12U);
  for (int frame = 0; frame < 12; ++frame) {
    EXPECT_GT(psnr(animation.frames[static_cast<size_t>(frame)], waves(format, frame)), 34) << "frame " << frame;
  }
  EXPECT_EQ(std::accumulate(animation.milliseconds.begin(), animation.milliseconds.end(), 0), 500);
  for (const int milliseconds : animation.milliseconds) EXPECT_NEAR(milliseconds, 1000.0 / 24, 1);
}

TEST(WebpWriter, APictureHasNothingButItself) {
  const TemporaryFolder folder;
  const VideoFormat format{.width = 33, .height = 17, .fps = 24, .frames = 1};
  write_video(format, folder.path() / "out.webp", waves);
  const ProbedVideo picture = VideoProbe::read(folder.path() / "out.webp");
  EXPECT_EQ(picture.codec, "webp");
  ASSERT_EQ(picture.frames.size(), 1U);
  EXPECT_GT(psnr(picture.frames[0], waves(format, 0)), 34);
  EXPECT_THAT(WebpProbe::read(folder.path() / "out.webp").chunks, ElementsAre("VP8 "));
}

TEST(WebpWriter, DataFollowTheImages) {
  const TemporaryFolder folder;
  VideoFormat format{.width = 32, .height = 32, .fps = 24, .frames = 2, .generation_data = R"({"odsora":1})"};
  write_video(format, folder.path() / "out.webp", waves);
  EXPECT_THAT(WebpProbe::read(folder.path() / "out.webp").chunks, ElementsAre("VP8X", "ANIM", "ANMF", "ANMF", "XMP "));
  format.frames = 1;
  write_video(format, folder.path() / "one.webp", waves);
  EXPECT_THAT(WebpProbe::read(folder.path() / "one.webp").chunks, ElementsAre("VP8X", "VP8 ", "XMP "));
}

}  // namespace
}  // namespace odsora
