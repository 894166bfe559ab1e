// Growing leaps and the presets on the whole road with the shipped model.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/expect_error.h"
#include "support/short_clip.h"

namespace odsora {
namespace {

using namespace test;

constexpr int kSteps = 24;

Request with_leap(Leap::Rule rule, int evaluations) {
  Request request = short_clip(kSteps);
  request.leap = {.rule = rule, .evaluations = evaluations};
  return request;
}

Request with_preset(std::optional<Preset> preset) {
  Request request = short_clip(kSteps);
  request.preset = preset;
  return request;
}

std::vector<int> steps_of(const Report& report) {
  std::vector<int> steps;
  for (const DenoisingStep& step : report.path) steps.push_back(step.step);
  return steps;
}

TEST(Leaps, AreNearerToTheFullPathThanOneLeapOrAShorterPath) {
  const Video full = generate(with_preset(Preset::kExact));
  const Video leaps = generate(with_leap(Leap::Rule::kGrowing, 8));
  EXPECT_EQ(full.report.evaluations, kSteps);
  EXPECT_EQ(leaps.report.evaluations, 8);
  EXPECT_EQ(steps_of(leaps.report), (std::vector<int>{1, 2, 3, 4, 5, 8, 13, 18}));
  EXPECT_THAT(leaps.report.path.front().decision, testing::StartsWith("go on"));
  EXPECT_EQ(leaps.report.path[5].decision, "leap over 4 steps");
  EXPECT_EQ(leaps.report.path.back().decision, "leap over the rest, 6 steps");
  const double near = psnr(leaps, full);
  EXPECT_GT(near, psnr(generate(with_leap(Leap::Rule::kFixed, 8)), full) + 3);
  EXPECT_GT(near, psnr(generate([] {
                         Request shorter = short_clip(8);
                         shorter.preset = Preset::kExact;
                         return shorter;
                       }()),
                       full) +
                      6);
}

TEST(Leaps, BytesDoNotDependOnThreadsOrOnTheMemoryLimit) {
  const Request request = with_leap(Leap::Rule::kGrowing, 4);
  const Video two = generate(request, 2);
  EXPECT_EQ(generate(request, 3).rgb, two.rgb);
  EngineOptions options = in_f32(1);
  options.memory_limit = Engine(options).plan(request).least_memory_limit;
  EXPECT_EQ(Engine(options).generate(request).rgb, two.rgb);
}

TEST(Leaps, FromEveryStepChangeNothing) {
  Request request = short_clip(4);
  request.preset = Preset::kExact;
  const Video full = generate(request);
  request.preset.reset();
  request.leap = {.rule = Leap::Rule::kGrowing, .evaluations = 4};
  EXPECT_EQ(generate(request).rgb, full.rgb);
}

TEST(Presets, AreWhatTheyStandFor) {
  const Video fast = generate(with_preset(Preset::kFast));
  EXPECT_EQ(fast.report.preset, Preset::kFast);
  EXPECT_EQ(fast.rgb, generate(with_leap(Leap::Rule::kGrowing, 8)).rgb);
  const Video usual = generate(with_preset({}));
  EXPECT_EQ(usual.report.preset, Preset::kBalanced) << "the shipped model's own";
  EXPECT_EQ(usual.report.evaluations, 12);
  EXPECT_EQ(generate(with_leap(Leap::Rule::kOff, 0)).report.preset, std::nullopt);
}

TEST(Presets, AreNotGivenBesideWhatTheyChoose) {
  Request request = with_preset(Preset::kFast);
  request.leap = {.rule = Leap::Rule::kFixed, .evaluations = 16};
  expect_error(ErrorCode::kInvalidArgument, {"preset: fast chooses leaps and merging itself, so lpl cannot be given"},
               [&] { generate(request); });
  request.leap.reset();
  request.tdtm = TokenMerging{.steps = {1, 5}};
  expect_error(ErrorCode::kInvalidArgument, {"so tdtm cannot be given"}, [&] { generate(request); });
}

}  // namespace
}  // namespace odsora
