#include "techniques/linear_proportional_leap.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "support/expect_error.h"

namespace odsora {
namespace {

constexpr Leap kAuto = {.rule = Leap::Rule::kAuto};
constexpr Leap kAuthors = {.rule = Leap::Rule::kAuthors};

Leap fixed(int evaluations) { return {.rule = Leap::Rule::kFixed, .evaluations = evaluations}; }

// Evaluations of a path whose cosine at step index i is cosines(i).
template <typename Cosines>
int evaluations(const Leap& leap, int steps, const Cosines& cosines) {
  LeapDecider decider(leap, steps);
  for (int i = 0; i < steps; ++i) {
    const bool foretold = decider.next_may_leap();
    const std::optional<double> cosine = i == 0 ? std::nullopt : std::optional<double>(cosines(i));
    if (decider.decide(cosine).ends_path) {
      EXPECT_TRUE(foretold) << "a leap after " << i + 1 << " evaluations came as a surprise";
      return i + 1;
    }
  }
  return steps;
}

int evaluations_when_straight(const Leap& leap, int steps) {
  return evaluations(leap, steps, [](int) { return 1.0; });
}

// [1, 2, 3, 1, 2]: frame f of both channels holds (x, y) of frames[f].
HostTensor velocity(const std::vector<std::pair<float, float>>& frames) {
  HostTensor v({1, 2, 3, 1, 2});
  for (size_t i = 0; i < 6; ++i) {
    v.values[2 * i] = frames[i % 3].first;
    v.values[2 * i + 1] = frames[i % 3].second;
  }
  return v;
}

TEST(VelocityCosine, IsThatOfTheWholeVelocity) {
  const HostTensor now = velocity({{1, 0}, {0, 2}, {3, 0}});
  const HostTensor before = velocity({{1, 1}, {5, 2}, {0, 7}});
  const double expected = (1 + 4) / (std::sqrt(14.0) * std::sqrt(2.0 + 29 + 49));
  EXPECT_NEAR(*velocity_cosine({.now = now, .before = before}), expected, 1e-12);
  HostTensor longer = now;
  for (float& value : longer.values) value *= -1e-3F;
  EXPECT_NEAR(*velocity_cosine({.now = longer, .before = before}), -expected, 1e-7);
  EXPECT_NEAR(*velocity_cosine({.now = now, .before = now}), 1, 1e-15);
}

TEST(VelocityCosine, LeavesOutFramesThatWereHeldInEitherStep) {
  const HostTensor now = velocity({{9, 9}, {0, 2}, {3, 0}});
  const HostTensor before = velocity({{-9, -9}, {0, 1}, {0, 7}});
  const std::vector<uint8_t> moving_now = {0, 1, 1}, moving_before = {1, 1, 0};
  EXPECT_NEAR(
      *velocity_cosine({.now = now, .before = before, .moving_now = moving_now, .moving_before = moving_before}), 1,
      1e-15);
  const std::vector<uint8_t> none = {0, 0, 0};
  EXPECT_FALSE(velocity_cosine({.now = now, .before = before, .moving_now = none}).has_value());
}

TEST(VelocityCosine, TellsTheItemsOfABatchApart) {
  HostTensor now({2, 1, 1, 1, 2}), before({2, 1, 1, 1, 2});
  now.values = {1, 0, 5, 5};
  before.values = {1, 0, -5, -5};
  const std::vector<uint8_t> first_only = {1, 0};
  EXPECT_NEAR(*velocity_cosine({.now = now, .before = before, .moving_now = first_only, .moving_before = {}}), 1,
              1e-15);
}

TEST(VelocityCosine, OfNothingIsZero) {
  const HostTensor zero({1, 2, 3, 1, 2});
  EXPECT_EQ(*velocity_cosine({.now = zero, .before = velocity({{1, 2}, {3, 4}, {5, 6}})}), 0);
  EXPECT_EQ(authors_cosine({.now = zero, .before = zero}), 0);
}

TEST(AuthorsCosine, AveragesTheRowsOfTheFirstPlane) {
  HostTensor now({1, 2, 2, 2, 2}), before({1, 2, 2, 2, 2});
  std::iota(now.values.begin(), now.values.end(), 1.0F);
  before.values = now.values;
  for (size_t i = 4; i < before.values.size(); ++i) before.values[i] *= -1;  // all but channel 0 of frame 0
  EXPECT_NEAR(authors_cosine({.now = now, .before = before}), 1, 1e-15);
  before.values[2] = -4;
  before.values[3] = 3;  // the second row: (3, 4) and (-4, 3)
  EXPECT_NEAR(authors_cosine({.now = now, .before = before}), 0.5, 1e-15);
}

TEST(StraightnessRule, IsTheAuthorsForThirtySteps) {
  const StraightnessRule ours = straightness_rule(30), theirs = authors_straightness_rule();
  EXPECT_EQ(ours.first_step, theirs.first_step);
  EXPECT_EQ(ours.patience, theirs.patience);
  EXPECT_EQ(ours.tolerance, theirs.tolerance);
  EXPECT_EQ(least_evaluations(ours), 18);
}

TEST(StraightnessRule, ScalesWithTheNumberOfSteps) {
  EXPECT_EQ(straightness_rule(50).first_step, 24);
  EXPECT_EQ(straightness_rule(50).patience, 5);
  EXPECT_EQ(straightness_rule(12).first_step, 5);
  EXPECT_EQ(straightness_rule(12).patience, 2);
  for (int steps = 1; steps <= 200; ++steps) {
    const int least = least_evaluations(straightness_rule(steps));
    EXPECT_GT(2 * least, steps) << "a path may leap before half of its steps are done";
    EXPECT_EQ(evaluations_when_straight(kAuto, steps), std::min(steps, least)) << steps;
    EXPECT_EQ(too_few_steps_to_leap(kAuto, steps), least >= steps) << steps;
    EXPECT_EQ(too_few_steps_to_leap(kAuto, steps), steps < 6) << steps;
  }
}

TEST(LeapDecider, LeapsWhenTheCosineStopsGrowing) {
  EXPECT_EQ(evaluations(kAuto, 30, [](int i) { return std::min(0.9 + 0.002 * i, 0.94); }), 24);
  EXPECT_EQ(evaluations(kAuto, 30, [](int i) { return 0.9 + 0.002 * i; }), 30);
  EXPECT_EQ(evaluations(kAuto, 30, [](int i) { return 0.9 + 0.0001 * i; }), 18) << "growth within the tolerance";
}

TEST(LeapDecider, IsPatientAgainAfterEachGrowth) {
  // Not grown, not grown, grown, and so on.
  EXPECT_EQ(evaluations(kAuto, 30, [](int i) { return 0.8 + 0.01 * (i / 3); }), 30);
}

TEST(LeapDecider, IgnoresWhatComesBeforeItsFirstStep) {
  EXPECT_EQ(evaluations(kAuto, 30, [](int i) { return i < 14 ? 0.999 : 0.5; }), 18);
}

TEST(LeapDecider, CountsNothingWhereVelocitiesCannotBeCompared) {
  LeapDecider decider(kAuto, 30);
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(decider.decide(std::nullopt).ends_path);
  int more = 0;
  while (!decider.decide(0.9).ends_path) ++more;
  EXPECT_EQ(more, 3);
}

TEST(LeapDecider, NeverLeapsWhenOffOrOnTheLastStep) {
  EXPECT_EQ(evaluations_when_straight({}, 30), 30);
  LeapDecider decider(fixed(3), 3);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(decider.next_may_leap(), i == 2);
    EXPECT_FALSE(decider.decide(0.9).ends_path);
  }
}

TEST(LeapDecider, CountsFixedEvaluations) {
  for (const int n : {1, 2, 16, 29, 30}) EXPECT_EQ(evaluations_when_straight(fixed(n), 30), n);
  EXPECT_EQ(most_evaluations(fixed(16), 30), 16);
  EXPECT_EQ(most_evaluations(kAuto, 30), 30);
  EXPECT_EQ(most_evaluations({}, 30), 30);
}

TEST(LeapDecider, TheAuthorsRuleDoesNotScale) {
  EXPECT_EQ(evaluations_when_straight(kAuthors, 30), 18);
  EXPECT_EQ(evaluations_when_straight(kAuthors, 100), 18);
  EXPECT_EQ(evaluations_when_straight(kAuthors, 16), 16);
  EXPECT_TRUE(too_few_steps_to_leap(kAuthors, 18));
  EXPECT_FALSE(too_few_steps_to_leap(kAuthors, 19));
}

TEST(LeapDecider, SaysWhy) {
  LeapDecider decider(kAuto, 30);
  std::vector<std::string> reasons;
  for (int i = 0; i < 18; ++i) reasons.push_back(decider.decide(0.9).reason);
  EXPECT_EQ(reasons[13], "go on: cosines count from step 15");
  EXPECT_EQ(reasons[14], "go on: the first cosine that counts");
  EXPECT_EQ(reasons[15], "go on: the cosine has not grown, 1 of 3");
  EXPECT_EQ(reasons[17], "leap: the cosine has not grown, 3 of 3");
  EXPECT_EQ(LeapDecider(fixed(1), 30).decide({}).reason, "leap: evaluation 1 is the last that was asked for");
  EXPECT_EQ(LeapDecider({}, 30).decide({}).reason, "go on: LPL is off");
  EXPECT_EQ(LeapDecider({}, 1).decide({}).reason, "the last step");
}

TEST(CheckLeap, RefusesEvaluationsThatThePathHasNot) {
  check_leap(fixed(1), 12);
  check_leap(fixed(12), 12);
  check_leap(kAuto, 1);
  for (const int n : {0, -1, 13}) {
    expect_error(ErrorCode::kInvalidArgument,
                 {"lpl: expected 1 to 12 evaluations, as there are 12 steps, found " + std::to_string(n)},
                 [&] { check_leap(fixed(n), 12); });
  }
}

}  // namespace
}  // namespace odsora
