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
  EXPECT_EQ(job.captions.at(0), "a red apple aesthetic score: 6.5.");
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

TEST(Job, LastsAsManyWholeChunksAsTheSecondsAsk) {
  const std::pair<double, int> cases[] = {{0.1, 17}, {2, 51}, {4, 102}, {8, 204}, {16, 391}, {17 / 24.0, 17}};
  for (const auto& [seconds, frames] : cases) {
    Request wanted = request();
    wanted.seconds = seconds;
    EXPECT_EQ(plan(wanted).frames, frames) << seconds;
    wanted.frames = 17;
    expect_refused(wanted, "frames both say how long a clip is");
  }
}

TEST(Job, ReadsARawPromptAsItIs) {
  Request wanted = request("A (Red) Apple");
  wanted.raw_prompt = true;
  wanted.negative_prompt = "Worms & Co";
  EXPECT_EQ(plan(wanted).captions.at(0), "A (Red) Apple");
  EXPECT_EQ(plan(wanted).negative_caption, "Worms & Co");
  wanted.motion_score = 5;
  expect_refused(wanted, "raw prompt: scores and camera motion are appended");
}

TEST(Job, AppendsTheRequestsScores) {
  Request wanted = request();
  wanted.aesthetic_score = 5;
  wanted.motion_score = 12.25;
  wanted.camera_motion = "pan left";
  wanted.negative_prompt = "Rain";
  const Job job = plan(wanted);
  EXPECT_EQ(job.captions.at(0), "a red apple aesthetic score: 5.0. motion score: 12.2. camera motion: pan left.");
  EXPECT_EQ(job.negative_caption, "rain");
  wanted.negative_prompt = "##";
  expect_refused(wanted, "negative prompt: expected words that describe the video, found only blanks and symbols");
}

TEST(Job, MakesClipsThatShareAChunk) {
  Request wanted = request("|0| a calm sea |2| a storm");
  wanted.clips = 3;
  const Job job = plan(wanted);
  EXPECT_EQ(job.output_frames(), 68 + 2 * 51);
  EXPECT_EQ(job.captions.at(1), "a calm sea aesthetic score: 6.5.");
  EXPECT_EQ(job.captions.at(2), "a storm aesthetic score: 6.5.");
  EXPECT_FALSE(job.is_conditioned(0));
  EXPECT_TRUE(job.is_conditioned(1));
  for (const int frames : {17, 60}) {
    wanted.frames = frames;
    expect_refused(wanted, "frames: clips that go on from each other share 17 frames");
  }
}

TEST(Job, PlacesWhatIsGiven) {
  Request wanted = request();
  wanted.clips = 2;
  wanted.conditioning.init_image.path = "first.png";
  wanted.conditioning.end_image.path = "last.png";
  const Job job = plan(wanted);
  ASSERT_EQ(job.references.size(), 2U);
  EXPECT_EQ(job.references[1].take, JobReference::Take::kStill);
  const FramePlacement end = placed_within(job.placements.at(1), 5, job.latent_frames);
  EXPECT_EQ(end.clip, 1);
  EXPECT_EQ(end.reference_start, 4);
  EXPECT_EQ(end.target_start, job.latent_frames - 1);

  wanted.conditioning.init_video.path = "before.mp4";
  expect_refused(wanted, "init image: first.png and the init video before.mp4 would both be the beginning");
  wanted.conditioning.mask_strategy = "0,1,0,0,5;1,2,0,-1,1,0.5";
  wanted.leap = Leap();
  const Job strategy = plan(wanted);
  EXPECT_EQ(strategy.references[1].take, JobReference::Take::kAll);
  EXPECT_EQ(strategy.placements.at(1).edit_ratio, 0.5F);
  wanted.leap = Leap{.rule = Leap::Rule::kFixed, .evaluations = 2};
  expect_refused(wanted, "would leave out frames that join the path later");
}

TEST(Job, RefusesImpossibleNumbers) {
  const auto with = [](auto set) {
    Request wanted = request();
    set(wanted);
    return wanted;
  };
  expect_refused(with([](Request& r) { r.clips = 0; }), "clips: expected 1 to 1000, found 0");
  expect_refused(with([](Request& r) { r.seconds = 0; }), "seconds: expected 0.01 to");
  expect_refused(with([](Request& r) { r.aesthetic_score = 11; }), "aesthetic score: expected 0 to 10, found 11");
  expect_refused(with([](Request& r) { r.motion_score = -1; }), "motion score: expected 0 to 1000, found -1");
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
