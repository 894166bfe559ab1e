// LPL on the whole road with the shipped model: fewer evaluations, nearly the same video.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "odsora/odsora.h"
#include "support/expect_error.h"
#include "support/short_clip.h"

namespace odsora {
namespace {

using namespace test;

constexpr Leap kAuto = {.rule = Leap::Rule::kAuto};
constexpr int kSteps = 12;
// Measured with three prompts: 46.7 to 49.4 dB for a leap after 8 of 12 steps, 29 to 32 dB for a path of 8 steps,
// 18 to 22 dB for another seed.
constexpr double kLeapDecibels = 44;

Leap fixed(int evaluations) { return {.rule = Leap::Rule::kFixed, .evaluations = evaluations}; }

Request request_with(const Leap& leap, int steps = kSteps) {
  Request request = short_clip(steps);
  request.leap = leap;
  return request;
}

TEST(Lpl, EightEvaluationsAndALeapNearlyMakeTheVideoOfTwelve) {
  const Video full = generate(request_with({}));
  const Video leapt = generate(request_with(fixed(8)));
  EXPECT_EQ(full.report.evaluations, kSteps);
  EXPECT_EQ(leapt.report.evaluations, 8);
  EXPECT_EQ(leapt.report.steps, kSteps);
  EXPECT_NE(leapt.rgb, full.rgb);
  EXPECT_GT(psnr(leapt, full), kLeapDecibels);
  EXPECT_GT(psnr(leapt, full), psnr(generate(request_with({}, 8)), full) + 10) << "a shorter path does as well";
}

TEST(Lpl, ALeapFromTheLastStepIsThatStep) {
  EXPECT_EQ(generate(request_with(fixed(kSteps))).rgb, generate(request_with({})).rgb);
}

TEST(Lpl, AutoLeapsWhereThePathHasBecomeStraight) {
  const Video leapt = generate(request_with(kAuto));
  const Report& report = leapt.report;
  EXPECT_GE(report.evaluations, 8);  // the fewest that the rule allows
  EXPECT_LT(report.evaluations, kSteps);
  ASSERT_EQ(report.path.size(), static_cast<size_t>(report.evaluations));
  EXPECT_TRUE(std::isnan(report.path.front().cosine));
  EXPECT_EQ(report.path.front().t, 1000);
  EXPECT_GT(report.path.back().cosine, 0.98);
  EXPECT_THAT(report.path.back().decision, testing::StartsWith("leap: "));
  EXPECT_EQ(leapt.rgb, generate(request_with(fixed(report.evaluations))).rgb);
  EXPECT_GT(psnr(leapt, generate(request_with({}))), kLeapDecibels);
}

TEST(Lpl, BytesDoNotDependOnTheNumberOfThreads) {
  const Video two = generate(request_with(kAuto), 2);
  for (const int threads : {1, 3}) {
    const Video other = generate(request_with(kAuto), threads);
    EXPECT_EQ(other.rgb, two.rgb);
    EXPECT_EQ(other.report.evaluations, two.report.evaluations);
  }
}

TEST(Lpl, NothingIsLeftOverFromTheVideoBefore) {
  const Video alone = generate(request_with(kAuto));
  Request before = request_with(kAuto, 7);  // ends with a count begun
  before.prompt = "a big rocket rising over a city at night";
  Engine engine(in_f32());
  engine.generate(before);
  for (int i = 0; i < 2; ++i) {
    const Video again = engine.generate(request_with(kAuto));
    EXPECT_EQ(again.report.evaluations, alone.report.evaluations);
    EXPECT_EQ(again.rgb, alone.rgb);
  }
}

// The last report of denoising, with every one held against what must be true of all.
Progress last_of_denoising(const Request& request) {
  std::optional<Progress> last;
  int step = 0;
  Engine(in_f32()).generate(request, {.on_progress = [&](const Progress& progress) {
                              if (progress.phase != Phase::kDenoising) return;
                              EXPECT_EQ(progress.step, step++);
                              EXPECT_LE(progress.step, progress.steps);
                              EXPECT_EQ(progress.left_s >= 0, progress.step > 0);
                              last = progress;
                            }});
  return *last;
}

TEST(Lpl, ProgressEndsWithTheLastEvaluation) {
  const Progress counted = last_of_denoising(request_with(fixed(5)));
  EXPECT_EQ(counted.step, 5);
  EXPECT_EQ(counted.steps, 5);
  const Progress decided = last_of_denoising(request_with(kAuto));
  EXPECT_LT(decided.step, kSteps);
  EXPECT_EQ(decided.steps, decided.step);
}

TEST(Lpl, ShortPathsAreANoteAndImpossibleOnesAnError) {
  std::vector<std::string> notes;
  const Observer observer = {.on_note = [&](const std::string& sentence) { notes.push_back(sentence); }};
  Engine engine(in_f32());
  EXPECT_EQ(engine.generate(request_with(kAuto, 3), observer).report.evaluations, 3);
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_THAT(notes[0], testing::HasSubstr("only 3 steps"));
  engine.generate(request_with(fixed(2), 3), observer);
  EXPECT_EQ(notes.size(), 1U);
  expect_error(ErrorCode::kInvalidArgument, {"lpl: expected 1 to 12 evaluations"},
               [&] { engine.generate(request_with(fixed(13))); });
}

TEST(Lpl, APlanCountsTheEvaluations) {
  EngineOptions no_residency = in_f32();
  no_residency.streaming.keep_blocks = false;
  Engine engine(no_residency);
  const uint64_t all = engine.plan(request_with({})).phase(Phase::kDenoising).bytes_read;
  const uint64_t some = engine.plan(request_with(fixed(6))).phase(Phase::kDenoising).bytes_read;
  EXPECT_LT(some, all * 6 / 10);
  EXPECT_EQ(engine.plan(request_with(kAuto)).phase(Phase::kDenoising).bytes_read, all);
}

}  // namespace
}  // namespace odsora
