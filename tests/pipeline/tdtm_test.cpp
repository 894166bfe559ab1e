// TDTM on the whole road with the shipped model: attention over pairs of frames, nearly the same video.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "support/expect_error.h"
#include "support/short_clip.h"

namespace odsora {
namespace {

using namespace test;

constexpr int kSteps = 6;
constexpr CountedRange kAll = {1, CountedRange::kEnd};
constexpr int kBlocks = 8;  // pairs of a spatial and a temporal one in the shipped model

Request request_with(const TokenMerging& merging) {
  Request request = short_clip(kSteps);
  request.tdtm = merging;
  return request;
}

std::vector<int> merged_blocks(const Report& report) {
  std::vector<int> blocks;
  for (const DenoisingStep& step : report.path) blocks.push_back(step.merged_blocks);
  return blocks;
}

TEST(Tdtm, TheLessIsMergedTheNearerTheVideo) {
  const Video full = generate(request_with({}));
  const Video all = generate(request_with({.steps = kAll}));
  const Video late = generate(request_with({.steps = {4, 6}}));
  const Video few_blocks = generate(request_with({.steps = {4, 6}, .blocks = {5, 8}}));
  EXPECT_EQ(merged_blocks(full.report), std::vector<int>(kSteps, 0));
  EXPECT_EQ(merged_blocks(all.report), std::vector<int>(kSteps, kBlocks));
  EXPECT_EQ(merged_blocks(late.report), (std::vector<int>{0, 0, 0, 8, 8, 8}));
  EXPECT_EQ(merged_blocks(few_blocks.report), (std::vector<int>{0, 0, 0, 4, 4, 4}));
  EXPECT_GT(psnr(late, full), psnr(all, full));
  EXPECT_GT(psnr(few_blocks, full), psnr(late, full));
  EXPECT_NE(few_blocks.rgb, full.rgb);
}

TEST(Tdtm, TheAuthorsPositionsAreOthers) {
  const Video authors = generate(request_with({.rule = TokenMerging::Rule::kAuthors, .steps = kAll}));
  EXPECT_NE(authors.rgb, generate(request_with({.steps = kAll})).rgb);
}

TEST(Tdtm, BytesDoNotDependOnTheNumberOfThreads) {
  const TokenMerging merging = {.steps = {2, 4}};
  const Video two = generate(request_with(merging), 2);
  for (const int threads : {1, 3}) EXPECT_EQ(generate(request_with(merging), threads).rgb, two.rgb);
}

TEST(Tdtm, BytesDoNotDependOnTheMemoryLimit) {
  const Request request = request_with({.steps = {2, 4}});
  const Video free = generate(request);
  EngineOptions options = in_f32();
  options.memory_limit = Engine(options).plan(request).least_memory_limit;
  EXPECT_EQ(Engine(options).generate(request).rgb, free.rgb);
}

TEST(Tdtm, LplComparesOnlyStepsThatMergeAlike) {
  Request request = short_clip(12);
  request.leap = {.rule = Leap::Rule::kAuto};
  request.tdtm = TokenMerging{.steps = {1, 6}};
  const Report report = generate(request).report;
  EXPECT_LT(report.evaluations, 12);
  ASSERT_GE(report.path.size(), 8U);
  EXPECT_TRUE(std::isnan(report.path[6].cosine));
  EXPECT_EQ(report.path[6].decision, "go on: nothing to compare");
  EXPECT_FALSE(std::isnan(report.path[7].cosine));
}

TEST(Tdtm, APictureHasNothingToMerge) {
  Request picture = request_with({});
  picture.frames = 1;
  const Video full = generate(picture);
  for (const auto rule : {TokenMerging::Rule::kMean, TokenMerging::Rule::kAuthors}) {
    picture.tdtm = {.rule = rule, .steps = kAll};
    const Video merged = generate(picture);
    EXPECT_EQ(merged.rgb, full.rgb);
    EXPECT_EQ(merged_blocks(merged.report), std::vector<int>(kSteps, 0));
  }
}

TEST(Tdtm, WhatLiesOutsideOfThePathOrTheModelIsRefused) {
  expect_error(ErrorCode::kInvalidArgument, {"tdtm: expected steps within 1 to 6, found 1 to 7"}, [] {
    generate(request_with({.steps = {1, 7}}));
  });
  expect_error(ErrorCode::kInvalidArgument, {"tdtm: expected blocks within 1 to 8, found 9 to the end"}, [] {
    generate(request_with({.steps = kAll, .blocks = {9, CountedRange::kEnd}}));
  });
}

}  // namespace
}  // namespace odsora
