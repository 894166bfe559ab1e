#include "sampling/mask_strategy.h"

#include <gtest/gtest.h>

#include "support/expect_error.h"

namespace odsora {
namespace {

constexpr MaskStrategyLimits kLimits = {.clips = 3, .references = 2, .alignment = 5};

TEST(MaskStrategy, HasOpenSorasDefaults) {
  const FramePlacement whole = parse_mask_strategy("0", kLimits).at(0);
  EXPECT_EQ(whole.length, 1);
  EXPECT_EQ(whole.edit_ratio, 0);
  EXPECT_EQ(whole.alignment, 5);
  EXPECT_TRUE(parse_mask_strategy("", kLimits).empty());
  EXPECT_TRUE(parse_mask_strategy(" ", kLimits).empty());
}

TEST(MaskStrategy, ReadsGroupsOfSixFields) {
  const auto placements = parse_mask_strategy("0,0,0,0,1,0; 2 ,1,-5,10,4,0.25;1,,,-1", kLimits);
  ASSERT_EQ(placements.size(), 3U);
  EXPECT_EQ(placements[1].clip, 2);
  EXPECT_EQ(placements[1].reference, 1);
  EXPECT_EQ(placements[1].reference_start, -5);
  EXPECT_EQ(placements[1].target_start, 10);
  EXPECT_EQ(placements[1].length, 4);
  EXPECT_EQ(placements[1].edit_ratio, 0.25F);
  EXPECT_EQ(placements[2].reference, 0);
  EXPECT_EQ(placements[2].target_start, -1);
}

TEST(MaskStrategy, RefusesWhatIsNotThere) {
  const auto refused = [](const char* strategy, const char* sentence) {
    expect_error(ErrorCode::kInvalidArgument, {sentence}, [&] { parse_mask_strategy(strategy, kLimits); });
  };
  refused("3", "mask strategy: group 1: clip: expected 0 to 2, found \"3\"");
  refused("0;0,2", "mask strategy: group 2: reference: expected 0 to 1, found \"2\"");
  refused("0,0,x", "group 1: reference start: expected -1000000 to 1000000, found \"x\"");
  refused("0,0,0,99999999999999999999", "target start: expected");
  refused("0,0,0,0,0", "length: expected 1 to 1000000, found \"0\"");
  refused("0,0,0,0,1,1.5", "edit ratio: expected 0 to 1, found \"1.5\"");
  refused("0,0,0,0,1,nan", "edit ratio: expected 0 to 1, found \"nan\"");
  refused("0,0,0,0,1,0,0", "group 1: expected at most 6 fields, found 7");
  expect_error(ErrorCode::kInvalidArgument, {"none are given"}, [] { parse_mask_strategy("0", {}); });
}

// Open-Sora's rule: the nearest multiple of 5, the lower one where the last chunk would be passed.
TEST(MaskStrategy, AlignsStarts) {
  struct Case {
    int64_t start, frames, aligned;
  };
  for (const Case& c : {Case{0, 20, 0}, Case{2, 20, 0}, Case{3, 20, 5}, Case{7, 20, 5}, Case{8, 20, 10},
                        Case{-1, 20, 15}, Case{-5, 20, 15}, Case{-1, 10, 5}, Case{18, 20, 15}, Case{-30, 20, 0},
                        Case{99, 20, 15}, Case{0, 1, 0}, Case{-1, 3, 0}}) {
    const FramePlacement placed = placed_within({.target_start = c.start, .alignment = 5}, 5, c.frames);
    EXPECT_EQ(placed.target_start, c.aligned) << c.start << " of " << c.frames;
  }
  EXPECT_EQ(placed_within({.target_start = -1}, 5, 20).target_start, 19);
}

TEST(MaskStrategy, TakesNoMoreFramesThanBothHave) {
  EXPECT_EQ(placed_within({.length = 50}, 7, 20).length, 7);
  EXPECT_EQ(placed_within({.target_start = 15, .length = 50, .alignment = 5}, 30, 20).length, 5);
  EXPECT_EQ(placed_within({.reference_start = -5, .length = 9, .alignment = 5}, 20, 20).length, 5);
}

TEST(MaskStrategy, CopiesFramesOfEveryChannel) {
  HostTensor reference({2, 3, 1, 2});  // channel, frame, height, width
  for (size_t i = 0; i < reference.values.size(); ++i) reference.values[i] = static_cast<float>(100 + i);
  HostTensor z({1, 2, 4, 1, 2});
  std::vector<float> mask(4, 1.0F);
  place_frames({.reference_start = 1, .target_start = 2, .length = 2, .edit_ratio = 0.5F}, reference, z, mask);
  EXPECT_EQ(z.values, (std::vector<float>{0, 0, 0, 0, 102, 103, 104, 105, 0, 0, 0, 0, 108, 109, 110, 111}));
  EXPECT_EQ(mask, (std::vector<float>{1, 1, 0.5F, 0.5F}));
}

}  // namespace
}  // namespace odsora
