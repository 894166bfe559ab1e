#include "techniques/growing_leaps.h"

#include <gtest/gtest.h>

namespace odsora {
namespace {

TEST(GrowingLeaps, BeginWithSingleStepsAndGrow) {
  EXPECT_EQ(growing_leaps(30, 12), (std::vector<int>{0, 1, 2, 3, 4, 5, 6, 8, 11, 15, 19, 24}));
  EXPECT_EQ(growing_leaps(30, 8), (std::vector<int>{0, 1, 2, 3, 5, 9, 15, 21}));
  EXPECT_EQ(growing_leaps(30, 5), (std::vector<int>{0, 1, 3, 8, 17}));
}

TEST(GrowingLeaps, OneEvaluationCoversAllAndAsManyAsStepsLeapNowhere) {
  EXPECT_EQ(growing_leaps(30, 1), std::vector<int>{0});
  EXPECT_EQ(growing_leaps(1, 1), std::vector<int>{0});
  EXPECT_EQ(growing_leaps(5, 5), (std::vector<int>{0, 1, 2, 3, 4}));
}

TEST(GrowingLeaps, GoForwardAndStayOnThePathForEveryNumber) {
  for (int steps = 1; steps <= 60; ++steps) {
    for (int evaluations = 1; evaluations <= steps; ++evaluations) {
      const std::vector<int> evaluated = growing_leaps(steps, evaluations);
      ASSERT_EQ(evaluated.size(), static_cast<size_t>(evaluations));
      EXPECT_EQ(evaluated.front(), 0);
      EXPECT_LT(evaluated.back(), steps);
      for (size_t k = 1; k < evaluated.size(); ++k) EXPECT_LT(evaluated[k - 1], evaluated[k]) << steps << " " << k;
    }
  }
}

}  // namespace
}  // namespace odsora
