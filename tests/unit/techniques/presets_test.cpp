#include "techniques/presets.h"

#include <gtest/gtest.h>

#include "techniques/linear_proportional_leap.h"

namespace odsora {
namespace {

int evaluations(Preset preset, int steps) { return most_evaluations(preset_leap(preset, steps), steps); }

TEST(Presets, ExactLeavesOutNothing) {
  EXPECT_EQ(preset_leap(Preset::kExact, 30).rule, Leap::Rule::kOff);
  EXPECT_EQ(evaluations(Preset::kExact, 30), 30);
}

TEST(Presets, TheOthersEvaluateAShareOfTheSteps) {
  for (const Preset preset : {Preset::kBalanced, Preset::kFast, Preset::kDraft}) {
    EXPECT_EQ(preset_leap(preset, 30).rule, Leap::Rule::kGrowing);
  }
  EXPECT_EQ(evaluations(Preset::kBalanced, 30), 12);
  EXPECT_EQ(evaluations(Preset::kFast, 30), 8);
  EXPECT_EQ(evaluations(Preset::kDraft, 30), 5);
  EXPECT_EQ(evaluations(Preset::kBalanced, 100), 40);
  EXPECT_EQ(evaluations(Preset::kFast, 100), 27);
  EXPECT_EQ(evaluations(Preset::kDraft, 100), 17);
}

TEST(Presets, ShortPathsLoseNoMoreThanLongOnes) {
  EXPECT_EQ(evaluations(Preset::kBalanced, 20), 12);
  EXPECT_EQ(evaluations(Preset::kBalanced, 12), 12);
  EXPECT_EQ(evaluations(Preset::kFast, 9), 8);
  EXPECT_EQ(evaluations(Preset::kDraft, 3), 3);
  for (const Preset preset : kPresets) EXPECT_EQ(evaluations(preset, 1), 1);
}

}  // namespace
}  // namespace odsora
