// Given pictures and videos, clips that go on from each other, and prompts beside the one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <span>

#include "odsora/odsora.h"
#include "support/expect_error.h"
#include "support/short_clip.h"
#include "support/temporary_folder.h"

namespace odsora {
namespace {

using test::in_f32;
using test::short_clip;

constexpr int kSteps = 6;
constexpr double kSeenAgain = 25;  // dB

// One frame of a video.
Video frame(const Video& video, int index) {
  const size_t bytes = video.rgb.size() / static_cast<size_t>(video.frames);
  const auto begin = video.rgb.begin() + static_cast<ptrdiff_t>(bytes * static_cast<size_t>(index));
  Video result;
  result.rgb.assign(begin, begin + static_cast<ptrdiff_t>(bytes));
  return result;
}

class Conditioning : public testing::Test {
 protected:
  Conditioning() : engine_(in_f32()) {}

  // Frames of a video of other content, as files.
  std::string picture() {
    Request request = short_clip(kSteps);
    request.prompt = "a rocket rising over a city at night";
    request.frames = 1;
    const std::string file = folder_.path() / "picture.png";
    engine_.generate(request, {.path = file});
    given_ = engine_.generate(request);
    return file;
  }

  TemporaryFolder folder_;
  Engine engine_;
  Video given_;
};

TEST_F(Conditioning, AnInitialImageIsTheFirstFrame) {
  Request request = short_clip(kSteps);
  const Video free = engine_.generate(request);
  request.conditioning.init_image.path = picture();
  const Video video = engine_.generate(request);
  EXPECT_GE(test::psnr(frame(video, 0), given_), kSeenAgain);
  EXPECT_LT(test::psnr(frame(free, 0), given_), kSeenAgain - 5);
  EXPECT_NE(frame(video, 16).rgb, frame(video, 0).rgb);
  EXPECT_GT(video.report.conditioning_s, 0);
  EXPECT_GT(video.report.plan.phase(Phase::kConditioning).blocks, 0);
}

TEST_F(Conditioning, AnEndImageIsTheLastFrame) {
  Request request = short_clip(kSteps);
  request.conditioning.end_image.path = picture();
  const Video video = engine_.generate(request);
  EXPECT_GT(test::psnr(frame(video, 16), given_), 20);
  EXPECT_LT(test::psnr(frame(video, 0), given_), 20);
}

TEST_F(Conditioning, AVideoGoesOnFromTheEndOfAnother) {
  const std::string file = folder_.path() / "before.mp4";
  Request before = short_clip(kSteps);
  before.frames = 20;
  engine_.generate(before, {.path = file, .quality = 100});
  const Video shown = engine_.generate(before);
  Request request = short_clip(kSteps);
  request.seed = 5;
  request.frames = 34;
  request.conditioning.init_video.path = file;
  const Video video = engine_.generate(request);
  for (const int i : {0, 8, 16}) EXPECT_GE(test::psnr(frame(video, i), frame(shown, i + 3)), kSeenAgain) << i;
}

TEST_F(Conditioning, ClipsGoOnFromEachOther) {
  Request request = short_clip(kSteps);
  request.prompt = "|0| a panda bouncing over the ocean at sunset |1| a rocket rising over a city at night";
  request.frames = 34;
  request.clips = 2;
  std::vector<int> clips;
  const Video video = engine_.generate(request, {.on_progress = [&](const Progress& progress) {
                                         if (progress.phase == Phase::kDenoising) clips.push_back(progress.clip);
                                       }});
  EXPECT_EQ(video.frames, 34 + 17);
  EXPECT_EQ(video.rgb.size(), static_cast<size_t>(51 * 96 * 96 * 3));
  EXPECT_EQ(clips.back(), 2);
  EXPECT_TRUE(std::is_sorted(clips.begin(), clips.end()));
  EXPECT_EQ(video.report.evaluations, 2 * kSteps);
  Request first = request;
  first.prompt = "a panda bouncing over the ocean at sunset";
  first.clips = 1;
  const Video alone = engine_.generate(first);
  EXPECT_TRUE(std::equal(alone.rgb.begin(), alone.rgb.end(), video.rgb.begin()));
}

TEST_F(Conditioning, BytesDoNotDependOnMemoryOrThreads) {
  Request request = short_clip(3);
  request.frames = 34;
  request.clips = 2;
  request.negative_prompt = "rain";
  request.conditioning.init_image.path = picture();
  request.conditioning.mask_strategy = "0,0,0,5,1,0.9";
  const Video ample = engine_.generate(request);
  EngineOptions options = in_f32(3);
  options.memory_limit = engine_.plan(request).least_memory_limit;
  const Video least = Engine(options).generate(request);
  EXPECT_EQ(least.rgb, ample.rgb);
  EXPECT_LE(least.report.plan.peak_bytes(), options.memory_limit);
}

TEST_F(Conditioning, AMaskStrategyHoldsFramesOrLetsThemJoin) {
  Request request = short_clip(kSteps);
  request.conditioning.init_image.path = picture();
  const Video by_option = engine_.generate(request);
  request.conditioning.mask_strategy = "0";
  EXPECT_EQ(engine_.generate(request).rgb, by_option.rgb);
  request.conditioning.mask_strategy = "0,0,0,0,1,0.5";
  const double joined = test::psnr(frame(engine_.generate(request), 0), given_);
  EXPECT_LT(joined, test::psnr(frame(by_option, 0), given_));
}

TEST_F(Conditioning, ANegativePromptTakesThePlaceOfTheNullText) {
  Request request = short_clip(kSteps);
  const Video plain = engine_.generate(request);
  request.negative_prompt = "the ocean";
  const Video away = engine_.generate(request);
  EXPECT_NE(away.rgb, plain.rgb);
  EXPECT_TRUE(engine_.generate(request).report.cached_prompt);  // both texts are still in memory
  request.guidance_scale = 1;                                   // only the prompt counts
  const Video unguided = engine_.generate(request);
  request.negative_prompt = "";
  EXPECT_GT(test::psnr(engine_.generate(request), unguided), 50);
}

TEST_F(Conditioning, RefusesFilesThatAreNotWhatWasAskedFor) {
  Request request = short_clip(kSteps);
  request.conditioning.init_video.path = picture();
  expect_error(ErrorCode::kInvalidArgument, {"init video: ", "expected a video, found a picture"},
               [&] { engine_.check(request, {.path = folder_.path() / "out.mp4"}); });
  request.conditioning = {.init_image = {.path = picture(), .sha256 = std::string(64, '0')}};
  expect_error(ErrorCode::kInvalidArgument, {"init image: ", "expected the file whose SHA-256 is 0000", "another one"},
               [&] { engine_.generate(request); });
  request.conditioning = {.init_image = {.path = folder_.path() / "absent.png"}};
  expect_error(ErrorCode::kInvalidArgument, {"init image: ", "absent.png"}, [&] { engine_.plan(request); });
}

}  // namespace
}  // namespace odsora
