#include "pipeline/job.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "support/expect_error.h"

namespace odsora {
namespace {

Request request(const std::string& prompt = "a red apple") {
  Request result;
  result.prompt = prompt;
  result.seed = 1;
  return result;
}

constexpr int kBlocks = 28;

Job plan(const Request& wanted) {
  StDit3Config transformer;
  transformer.depth = kBlocks;
  return plan_job(wanted, ModelManifest(), transformer, VideoVaeConfig());
}

void expect_refused(const Request& wanted, const std::string& part_of_sentence) {
  expect_error(ErrorCode::kInvalidArgument, {part_of_sentence}, [&] { plan(wanted); });
}

TEST(Job, TakesTheModelsDefaults) {
  const Job job = plan(request());
  EXPECT_EQ(job.caption, "a red apple aesthetic score: 6.5.");
  EXPECT_EQ(job.pixel_width, 256);
  EXPECT_EQ(job.frames, 68);
  EXPECT_EQ(job.latent_frames, 20);
  EXPECT_EQ(job.latent_height, 32);
  EXPECT_EQ(job.conditioning_fps(), 24.0F);
}

TEST(Job, TellsPicturesAFrameRateOfTheirOwn) {
  Request picture = request();
  picture.frames = 1;
  const Job job = plan(picture);
  EXPECT_EQ(job.latent_frames, 1);
  EXPECT_EQ(job.conditioning_fps(), 120.0F);
}

TEST(Job, CutsTheSizeToWholeBlocks) {
  Request wide = request();
  wide.width = 426;
  wide.height = 240;
  const Job job = plan(wide);
  EXPECT_EQ(job.pixel_width, 426);
  EXPECT_EQ(job.latent_width, 53);
  EXPECT_EQ(job.output_width, 424);
}

TEST(Job, CountsLatentFramesOfPartialChunks) {
  for (const auto& [frames, latent] : {std::pair{1, 1}, {2, 1}, {4, 1}, {16, 4}, {17, 5}, {18, 6}, {51, 15}}) {
    Request wanted = request();
    wanted.frames = frames;
    EXPECT_EQ(plan(wanted).latent_frames, latent) << frames;
  }
}

TEST(Job, CountsEvaluationsWithALeap) {
  Request wanted = request();
  wanted.steps = 30;
  EXPECT_EQ(plan(wanted).most_evaluations(), 30);
  wanted.leap = {.rule = Leap::Rule::kFixed, .evaluations = 16};
  EXPECT_EQ(plan(wanted).most_evaluations(), 16);
}

TEST(Job, CountsEvaluationsOfAPreset) {
  Request wanted = request();
  EXPECT_EQ(plan(wanted).preset, Preset::kExact);  // the published checkpoints' own
  EXPECT_EQ(plan(wanted).most_evaluations(), 30);
  wanted.preset = Preset::kFast;
  EXPECT_EQ(plan(wanted).most_evaluations(), 8);
  StDit3Config transformer;
  transformer.depth = kBlocks;
  ModelManifest measured;
  measured.preset = Preset::kBalanced;
  EXPECT_EQ(plan_job(request(), measured, transformer, VideoVaeConfig()).most_evaluations(), 12);
}

TEST(Job, CountsTheWorkOfEachEvaluation) {
  Request wanted = request();
  wanted.leap = {.rule = Leap::Rule::kGrowing, .evaluations = 3};  // steps 1, 3 and 12
  wanted.tdtm = TokenMerging{.steps = {2, 5}};
  StDit3Config transformer;
  transformer.depth = kBlocks;
  transformer.hidden_size = 64;
  transformer.mlp_size = 256;
  const std::vector<double> work = denoising_work(plan(wanted), transformer, 10);
  ASSERT_EQ(work.size(), 3U);
  EXPECT_LT(work[1], work[0]);
  EXPECT_EQ(work[2], work[0]);
}

TEST(Job, RefusesPromptsWithoutWords) {
  expect_refused(request(""), "found nothing");
  expect_refused(request(" \t\n"), "only blanks and symbols");
  expect_refused(request("***"), "only blanks and symbols");
  expect_refused(request("caf\xe9"), "not valid UTF-8");
}

TEST(Job, RefusesImpossibleNumbers) {
  const auto with = [](auto set) {
    Request wanted = request();
    set(wanted);
    return wanted;
  };
  expect_refused(with([](Request& r) { r.width = 129; }), "width: expected an even number of pixels, found 129");
  expect_refused(with([](Request& r) { r.height = 0; }), "height: expected 16 to 4096, found 0");
  expect_refused(with([](Request& r) { r.height = -128; }), "found -128");
  expect_refused(with([](Request& r) { r.width = 1000000; }), "found 1000000");
  expect_refused(with([](Request& r) { r.frames = 0; }), "frames: expected 1 to 10000, found 0");
  expect_refused(with([](Request& r) { r.steps = 0; }), "steps: expected 1 to 1000, found 0");
  expect_refused(with([](Request& r) {
                   r.steps = 12;
                   r.leap = {.rule = Leap::Rule::kFixed, .evaluations = 13};
                 }),
                 "lpl: expected 1 to 12 evaluations, as there are 12 steps, found 13");
  expect_refused(with([](Request& r) { r.leap = {.rule = Leap::Rule::kGrowing, .evaluations = 31}; }),
                 "leaps: expected 1 to 30 evaluations, as there are 30 steps, found 31");
  expect_refused(with([](Request& r) {
                   r.tdtm = TokenMerging{.steps = {1, 31}};
                 }),
                 "tdtm: expected steps within 1 to 30");
  expect_refused(with([](Request& r) { r.fps = 0; }), "fps");
  expect_refused(with([](Request& r) { r.fps = std::nan(""); }), "fps");
  expect_refused(with([](Request& r) { r.guidance_scale = std::nan(""); }),
                 "guidance scale: expected 0 to 100, found nan");
  expect_refused(with([](Request& r) { r.guidance_scale = std::numeric_limits<double>::infinity(); }), "found inf");
}

}  // namespace
}  // namespace odsora
