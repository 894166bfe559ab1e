#include "techniques/temporal_token_merging.h"

#include <gtest/gtest.h>

#include "support/expect_error.h"

namespace odsora {
namespace {

using Rule = TokenMerging::Rule;

std::vector<int> counts(const TokenMerge& merge) {
  std::vector<int> result;
  for (const FrameGroup& group : merge.groups) result.push_back(group.count);
  return result;
}

TEST(MergePairs, OfAnEvenNumberOfFrames) {
  const TokenMerge merge = merge_pairs(1, 6, Rule::kMean);
  EXPECT_EQ(counts(merge), (std::vector<int>{2, 2, 2}));
  EXPECT_EQ(merge.groups[2].first, 4);
  EXPECT_EQ(merge.group_of_frame, (std::vector<int32_t>{0, 0, 1, 1, 2, 2}));
  EXPECT_EQ(merge.positions, (std::vector<float>{0.5F, 2.5F, 4.5F}));
}

TEST(MergePairs, TheLastOfAnOddNumberStaysAlone) {
  const TokenMerge merge = merge_pairs(1, 5, Rule::kMean);
  EXPECT_EQ(counts(merge), (std::vector<int>{2, 2, 1}));
  EXPECT_EQ(merge.group_of_frame, (std::vector<int32_t>{0, 0, 1, 1, 2}));
  EXPECT_EQ(merge.positions, (std::vector<float>{0.5F, 2.5F, 4}));
}

TEST(MergePairs, TheAuthorsLastOfAnOddNumberTakesThePairBeforeIt) {
  const TokenMerge merge = merge_pairs(1, 5, Rule::kAuthors);
  EXPECT_EQ(counts(merge), (std::vector<int>{2, 2}));
  EXPECT_EQ(merge.group_of_frame, (std::vector<int32_t>{0, 0, 1, 1, 1}));
  EXPECT_EQ(merge.positions, (std::vector<float>{0, 1}));
}

TEST(MergePairs, OfTheItemsOfABatchAreApart) {
  const TokenMerge merge = merge_pairs(2, 3, Rule::kMean);
  EXPECT_EQ(counts(merge), (std::vector<int>{2, 1, 2, 1}));
  EXPECT_EQ(merge.groups[2].first, 3);
  EXPECT_EQ(merge.group_of_frame, (std::vector<int32_t>{0, 0, 1, 2, 2, 3}));
  EXPECT_EQ(merge.positions, (std::vector<float>{0.5F, 2}));  // the same for each item
}

TEST(MergePairs, OfAPictureChangeNothing) {
  for (const Rule rule : {Rule::kMean, Rule::kAuthors}) {
    const TokenMerge merge = merge_pairs(1, 1, rule);
    EXPECT_EQ(counts(merge), std::vector<int>{1});
    EXPECT_EQ(merge.group_of_frame, std::vector<int32_t>{0});
    EXPECT_EQ(merge.positions, std::vector<float>{0});
  }
}

TEST(Merges, NowhereUnlessAsked) {
  EXPECT_FALSE(merges({}, 0, 0));
  EXPECT_EQ(merged_blocks({}, 0, 28), 0);
}

TEST(Merges, InTheStepsAndBlocksAskedFor) {
  const TokenMerging merging = {.steps = {3, 5}, .blocks = {2, 4}};
  EXPECT_FALSE(merges(merging, 1, 2));
  EXPECT_TRUE(merges(merging, 2, 2));
  EXPECT_TRUE(merges(merging, 4, 3));
  EXPECT_FALSE(merges(merging, 5, 3));
  EXPECT_FALSE(merges(merging, 3, 0));
  EXPECT_TRUE(merges(merging, 3, 1));
  EXPECT_FALSE(merges(merging, 3, 4));
}

TEST(Merges, SoManyBlocks) {
  EXPECT_EQ(merged_blocks({.steps = {1, 5}}, 4, 28), 28);
  EXPECT_EQ(merged_blocks({.steps = {1, 5}}, 5, 28), 0);
  EXPECT_EQ(merged_blocks({.steps = {1, 5}, .blocks = {20, CountedRange::kEnd}}, 0, 28), 9);
  EXPECT_EQ(merged_blocks({.steps = {1, 5}, .blocks = {3, 7}}, 0, 28), 5);
}

TEST(MergeAlike, WithinTheStepsThatMergeAndOutsideThem) {
  const TokenMerging merging = {.steps = {1, 15}};
  EXPECT_TRUE(merge_alike(merging, 13, 14));
  EXPECT_FALSE(merge_alike(merging, 14, 15));
  EXPECT_TRUE(merge_alike(merging, 15, 16));
}

TEST(CheckTokenMerging, TakesWhatLiesWithin) {
  check_token_merging({}, 30, 28);
  check_token_merging({.steps = {1, 30}}, 30, 28);
  check_token_merging({.steps = {1, CountedRange::kEnd}, .blocks = {28, 28}}, 30, 28);
}

TEST(CheckTokenMerging, RefusesWhatDoesNot) {
  expect_error(ErrorCode::kInvalidArgument, {"tdtm: expected steps within 1 to 30, found 1 to 31"}, [] {
    check_token_merging({.steps = {1, 31}}, 30, 28);
  });
  expect_error(ErrorCode::kInvalidArgument, {"tdtm: expected steps within 1 to 30, found 0 to 3"}, [] {
    check_token_merging({.steps = {0, 3}}, 30, 28);
  });
  expect_error(ErrorCode::kInvalidArgument, {"tdtm: expected steps within 1 to 30, found 31 to the end"}, [] {
    check_token_merging({.steps = {31, CountedRange::kEnd}}, 30, 28);
  });
  expect_error(ErrorCode::kInvalidArgument, {"tdtm: expected blocks within 1 to 28, found 5 to 4"}, [] {
    check_token_merging({.steps = {1, 3}, .blocks = {5, 4}}, 30, 28);
  });
}

}  // namespace
}  // namespace odsora
