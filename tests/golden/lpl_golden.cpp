#include <gtest/gtest.h>

#include <cmath>

#include "golden/fixture.h"
#include "golden/golden_tests.h"
#include "techniques/linear_proportional_leap.h"

namespace odsora::golden {
namespace {

// The authors' cosines are f32; the margins of their decisions are at least 2e-4.
constexpr double kCosineLimit = 1e-6;
constexpr Leap kAuthors = {.rule = Leap::Rule::kAuthors};

// Step `step` of [steps, channels, 1, height, width] as a batch of one.
HostTensor velocity_of(const HostTensor& trajectory, int64_t step) {
  HostTensor velocity = item(trajectory, step);
  velocity.shape.insert(velocity.shape.begin(), 1);
  return velocity;
}

void compare_trajectory(const Fixture& fixture, const std::string& name) {
  const HostTensor trajectory = fixture.tensor(name + ".v");
  const HostTensor cosines = fixture.tensor(name + ".cos"), best = fixture.tensor(name + ".best_cos");
  const auto patience = fixture.integers(name + ".tolerance_n");
  const auto steps = static_cast<int>(trajectory.dim(0));
  LeapDecider decider(kAuthors, steps);
  int64_t fired_at = -1;
  HostTensor before;
  for (int i = 0; i < steps && fired_at < 0; ++i) {
    const auto step = static_cast<size_t>(i);
    ASSERT_LT(step, cosines.values.size()) << name << ": theirs leapt before";
    HostTensor now = velocity_of(trajectory, i);
    std::optional<double> cosine;
    if (i > 0) {
      cosine = decider.cosine({.now = now, .before = before});
      EXPECT_NEAR(*cosine, cosines.values[step], kCosineLimit) << name << " step " << i;
    }
    const LeapDecision decision = decider.decide(cosine);
    before = std::move(now);
    if (decision.ends_path) {
      fired_at = i;
      continue;  // theirs has cleared its state by now
    }
    EXPECT_NEAR(decision.straightness.best, best.values[step], kCosineLimit) << name << " step " << i;
    EXPECT_EQ(decision.straightness.patience_left, patience[step]) << name << " step " << i;
  }
  EXPECT_EQ(fired_at, fixture.integer(name + ".fired_at")) << name;
}

}  // namespace

void compare_lpl(const std::filesystem::path& file) {
  if (!file.filename().string().starts_with("lpl_")) {
    compare_sampler(file);
    return;
  }
  const Fixture fixture(file);
  const StraightnessRule rule = authors_straightness_rule();
  EXPECT_EQ(rule.first_step, fixture.integer("param.minimum_steps"));
  EXPECT_EQ(rule.patience, fixture.integer("param.patience"));
  EXPECT_NEAR(rule.tolerance, fixture.tensor("param.cos_tolerance").values[0], 1e-9);
  int trajectories = 0;
  for (const std::string& name : fixture.names()) {
    if (!name.ends_with(".v")) continue;
    compare_trajectory(fixture, name.substr(0, name.size() - 2));
    ++trajectories;
  }
  EXPECT_GT(trajectories, 0);
}

}  // namespace odsora::golden
