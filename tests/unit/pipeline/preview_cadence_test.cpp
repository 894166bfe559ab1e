#include "pipeline/preview_cadence.h"

#include <gtest/gtest.h>

#include <vector>

namespace odsora {
namespace {

// The evaluations after which a preview is written, if each evaluation and each preview takes so long.
std::vector<int> shown(int evaluations, Seconds evaluation, Seconds preview) {
  std::vector<int> all;
  PreviewsSoFar so_far;
  Seconds elapsed = 0;
  for (int done = 1; done <= evaluations; ++done) {
    elapsed += evaluation;
    if (!preview_is_due({.evaluations = done, .most_evaluations = evaluations, .elapsed = elapsed}, so_far)) continue;
    all.push_back(done);
    so_far = {.count = so_far.count + 1, .evaluations = done, .elapsed = elapsed, .spent = so_far.spent + preview};
    elapsed += preview;
  }
  return all;
}

TEST(PreviewCadence, TheFirstEvaluationAndTheLastAlwaysShow) {
  EXPECT_EQ(shown(1, 1e-6, 1), (std::vector<int>{1}));
  EXPECT_EQ(shown(2, 1e-6, 1), (std::vector<int>{1, 2}));
  EXPECT_EQ(shown(30, 1e-6, 1), (std::vector<int>{1, 30}));
}

TEST(PreviewCadence, AboutTenPreviewsAreSpreadOverAClip) {
  EXPECT_EQ(shown(30, 60, 0.001), (std::vector<int>{1, 4, 7, 10, 13, 16, 19, 22, 25, 28, 30}));
  EXPECT_EQ(shown(16, 600, 0.001), (std::vector<int>{1, 3, 5, 7, 9, 11, 13, 15, 16}));
  EXPECT_EQ(shown(8, 600, 0.001).size(), 8U);
  EXPECT_EQ(shown(1000, 600, 0.001).size(), 11U);
}

TEST(PreviewCadence, AShortClipShowsAsManyIfTheyCostNothing) {
  EXPECT_EQ(shown(30, 0.1, 1e-5), (std::vector<int>{1, 4, 7, 10, 13, 16, 19, 22, 25, 28, 30}));
}

TEST(PreviewCadence, AreTwoSecondsApartUnlessTheClipIsShort) {
  // Evaluations that grow faster: 10 slow ones, then fast ones.
  const PreviewsSoFar before = {.count = 3, .evaluations = 11, .elapsed = 100, .spent = 0.001};
  EXPECT_FALSE(preview_is_due({.evaluations = 14, .most_evaluations = 30, .elapsed = 101.9}, before));
  EXPECT_TRUE(preview_is_due({.evaluations = 14, .most_evaluations = 30, .elapsed = 102}, before));
  EXPECT_TRUE(preview_is_due({.evaluations = 14, .most_evaluations = 30, .elapsed = 9},
                             {.count = 3, .evaluations = 11, .elapsed = 8, .spent = 0.001}));
}

TEST(PreviewCadence, TakesAHundredthOfTheTimeAtMost) {
  for (const Seconds preview : {0.001, 0.01, 0.1}) {
    for (const Seconds evaluation : {0.1, 1.0, 10.0}) {
      const auto count = static_cast<double>(shown(30, evaluation, preview).size());
      if (count <= 2) continue;
      EXPECT_LE(count * preview, 0.01 * 30 * evaluation) << preview << ' ' << evaluation;
    }
  }
  EXPECT_EQ(shown(30, 0.1, 0.01), (std::vector<int>{1, 30}));            // each a three-hundredth of all
  EXPECT_EQ(shown(30, 1, 0.05), (std::vector<int>{1, 15, 20, 25, 30}));  // as time allows
}

}  // namespace
}  // namespace odsora
