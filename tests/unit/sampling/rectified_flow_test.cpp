#include "sampling/rectified_flow.h"

#include <gtest/gtest.h>

#include <cmath>

#include "support/expect_error.h"

namespace odsora {
namespace {

// [batch 1, channels 2, frames 3, height 1, width 2]
HostTensor clip(float value) {
  HostTensor z({1, 2, 3, 1, 2});
  std::fill(z.values.begin(), z.values.end(), value);
  return z;
}

FlowInputs four_steps(float start) {
  FlowInputs inputs;
  inputs.z = clip(start);
  inputs.timesteps = {{1000, 700, 450, 100}};
  return inputs;
}

TEST(RectifiedFlow, AStraightFieldEndsExactlyAtTheData) {
  const HostTensor data = clip(-3), noise = clip(1);
  int states = 0;
  const HostTensor end = run_rectified_flow(
      four_steps(1),
      [&](const VelocityQuery& query) {
        EXPECT_TRUE(query.moving.empty());
        HostTensor velocity = query.z;
        for (size_t i = 0; i < velocity.values.size(); ++i) velocity.values[i] = data.values[i] - noise.values[i];
        return velocity;
      },
      [&](const FlowState& state) {
        EXPECT_EQ(state.evaluations, ++states);
        EXPECT_EQ(state.most_evaluations, 4);
      });
  EXPECT_EQ(states, 4);
  for (const float value : end.values) EXPECT_NEAR(value, -3, 1e-6);
}

TEST(RectifiedFlow, AStateTellsWhereThePathWouldEndIfItWentOnStraight) {
  FlowInputs inputs = four_steps(5);
  inputs.mask = {0.0F, 1.0F, 1.0F};
  inputs.noise = [](int /*step*/) { return clip(1); };
  std::vector<float> next;
  HostTensor before = inputs.z;
  int evaluations = 0;
  run_rectified_flow(
      std::move(inputs),
      [&](const VelocityQuery& query) {
        before = query.z;
        return clip(static_cast<float>(++evaluations));
      },
      [&](const FlowState& state) {
        next.push_back(state.next_timestep);
        ASSERT_EQ(state.moving.size(), 3U);
        EXPECT_EQ(state.moving[0], 0);
        for (const size_t i : {size_t{2}, size_t{11}}) {  // of frames that move
          const float v = static_cast<float>(evaluations);
          EXPECT_EQ(state.velocity.values[i], v);
          EXPECT_NEAR(state.z.values[i] + v * state.next_timestep / 1000, before.values[i] + v * state.timestep / 1000,
                      1e-5);
        }
        EXPECT_EQ(state.z.values[0], 5.0F);
      });
  EXPECT_EQ(next, (std::vector<float>{700, 450, 100, 0}));
}

TEST(RectifiedFlow, VelocitiesOfStepsThatMergeOtherwiseAreNotCompared) {
  for (const Leap::Rule rule : {Leap::Rule::kAuto, Leap::Rule::kAuthors}) {
    FlowInputs inputs = four_steps(1);
    inputs.leap = {.rule = rule};
    inputs.merging = {.steps = {1, 2}};
    std::vector<int> steps;
    std::vector<bool> compared;
    run_rectified_flow(
        std::move(inputs),
        [&](const VelocityQuery& query) {
          steps.push_back(query.step);
          return clip(1);
        },
        [&](const FlowState& state) { compared.push_back(state.cosine.has_value()); });
    EXPECT_EQ(steps, (std::vector<int>{0, 1, 2, 3}));
    const bool always = rule == Leap::Rule::kAuthors;  // their code does not look at that
    EXPECT_EQ(compared, (std::vector<bool>{false, true, always, true}));
  }
}

TEST(RectifiedFlow, AHeldFrameKeepsItsValuesAndALateOneJoinsFromNoise) {
  FlowInputs inputs = four_steps(5);
  inputs.mask = {0.0F, 1.0F, 0.45F};  // never, from the start, once t has fallen to 450
  inputs.noise = [](int /*step*/) { return clip(1); };
  std::vector<std::vector<uint8_t>> moving;
  const HostTensor end = run_rectified_flow(std::move(inputs), [&](const VelocityQuery& query) {
    moving.emplace_back(query.moving.begin(), query.moving.end());
    const float late = query.z.values[4];  // channel 0, frame 2
    if (moving.size() < 3) {
      EXPECT_EQ(late, 5.0F);
    } else if (moving.size() == 3) {
      EXPECT_NEAR(late, 0.55F * 5 + 0.45F * 1, 1e-6);
    }
    return clip(2);
  });
  EXPECT_EQ(moving, (std::vector<std::vector<uint8_t>>{{0, 1, 0}, {0, 1, 0}, {0, 1, 1}, {0, 1, 1}}));
  EXPECT_EQ(end.values[0], 5.0F);
  EXPECT_NEAR(end.values[2], 5 + 2 * 1.0, 1e-5);
  EXPECT_NEAR(end.values[4], 0.55 * 5 + 0.45 + 2 * 0.45, 1e-5);
}

TEST(RectifiedFlow, AMaskOfOnesIsNoMask) {
  FlowInputs inputs = four_steps(0);
  inputs.mask = {1, 1, 1};  // and no noise function: it must not be asked
  run_rectified_flow(std::move(inputs), [](const VelocityQuery& query) {
    EXPECT_TRUE(query.moving.empty());
    return clip(0);
  });
}

FlowInputs four_steps_with(const Leap& leap) {
  FlowInputs inputs = four_steps(1);
  inputs.leap = leap;
  return inputs;
}

TEST(RectifiedFlow, ALeapCoversTheRestOfThePath) {
  int evaluations = 0;
  const HostTensor end = run_rectified_flow(
      four_steps_with({.rule = Leap::Rule::kFixed, .evaluations = 2}),
      [&](const VelocityQuery&) { return clip(++evaluations == 1 ? 10 : 20); },
      [&](const FlowState& state) {
        EXPECT_EQ(state.evaluations, evaluations);
        EXPECT_EQ(state.most_evaluations, 2);
        EXPECT_EQ(state.timestep, evaluations == 1 ? 1000 : 700);
        EXPECT_EQ(state.cosine.has_value(), evaluations == 2);
        EXPECT_EQ(state.decision.ends_path, evaluations == 2);
        EXPECT_EQ(state.next_may_be_last, evaluations == 1);
      });
  EXPECT_EQ(evaluations, 2);
  for (const float value : end.values) EXPECT_NEAR(value, 1 + 10 * 0.3 + 20 * 0.7, 1e-5);
}

TEST(RectifiedFlow, ALeapAlongAStraightFieldLosesNothing) {
  for (int n = 1; n <= 4; ++n) {
    const HostTensor end = run_rectified_flow(four_steps_with({.rule = Leap::Rule::kFixed, .evaluations = n}),
                                              [](const VelocityQuery&) { return clip(-4); });
    for (const float value : end.values) EXPECT_NEAR(value, -3, 1e-6);
  }
}

// A path of 12 steps whose velocity turns until step 8 (from 0) and is constant then.
int evaluations_of_a_path(const std::vector<float>& mask) {
  FlowInputs inputs;
  inputs.z = clip(1);
  inputs.mask = mask;
  inputs.noise = [](int /*step*/) { return clip(1); };
  inputs.leap = {.rule = Leap::Rule::kAuto};
  inputs.timesteps.emplace_back();
  for (int i = 0; i < 12; ++i) inputs.timesteps[0].push_back(static_cast<float>(1000 - 80 * i));
  int evaluations = 0;
  run_rectified_flow(std::move(inputs), [&](const VelocityQuery& query) {
    HostTensor velocity = clip(1);
    const float angle = 0.05F * static_cast<float>(std::min(evaluations, 8) * std::min(evaluations, 8));
    for (size_t i = 0; i < velocity.values.size(); ++i) {
      velocity.values[i] = i % 2 == 0 ? std::cos(angle) : std::sin(angle);
      // A frame that is held turns on.
      if (!query.moving.empty() && query.moving[i / 2 % 3] == 0) velocity.values[i] *= evaluations % 2 == 0 ? -50 : 50;
    }
    ++evaluations;
    return velocity;
  });
  return evaluations;
}

TEST(RectifiedFlow, MeasuresOnlyFramesThatMove) {
  const int all_move = evaluations_of_a_path({});
  EXPECT_LT(all_move, 12);
  EXPECT_EQ(evaluations_of_a_path({0, 1, 1}), all_move);
  EXPECT_EQ(evaluations_of_a_path({0, 0, 1}), all_move);
  EXPECT_EQ(evaluations_of_a_path({0, 0, 0}), 12) << "nothing moves, so there is nothing to measure";
}

TEST(RectifiedFlow, GrowingLeapsGoFromOneEvaluatedStepToTheNext) {
  FlowInputs inputs;
  inputs.z = clip(0);
  inputs.timesteps = {{1000, 900, 800, 600, 500, 400, 200, 100}};
  inputs.leap = {.rule = Leap::Rule::kGrowing, .evaluations = 3};  // steps 0, 1 and 3
  std::vector<int> indices;
  std::vector<float> times;
  std::vector<std::string> reasons;
  const HostTensor end = run_rectified_flow(
      std::move(inputs),
      [&](const VelocityQuery& query) {
        times.push_back(query.timesteps[0]);
        return clip(static_cast<float>(times.size()));
      },
      [&](const FlowState& state) {
        EXPECT_EQ(state.most_evaluations, 3);
        EXPECT_EQ(state.evaluations, static_cast<int>(times.size()));
        EXPECT_EQ(state.next_may_be_last, state.evaluations == 2);
        indices.push_back(state.step);
        reasons.push_back(state.decision.reason);
      });
  EXPECT_EQ(indices, (std::vector<int>{0, 1, 3}));
  EXPECT_EQ(times, (std::vector<float>{1000, 900, 600}));
  EXPECT_EQ(reasons,
            (std::vector<std::string>{"go on to the next step", "leap over 1 step", "leap over the rest, 4 steps"}));
  EXPECT_NEAR(end.values[0], 1 * 0.1 + 2 * 0.3 + 3 * 0.6, 1e-6);
}

TEST(RectifiedFlow, AFrameThatALeapPassesJoinsAtItsEnd) {
  FlowInputs inputs;
  inputs.z = clip(5);
  inputs.timesteps = {{1000, 900, 800, 600, 500, 400, 200, 100}};
  inputs.leap = {.rule = Leap::Rule::kGrowing, .evaluations = 3};  // at 1000, 900 and 600
  inputs.mask = {1.0F, 1.0F, 0.85F};
  inputs.noise = [](int /*step*/) { return clip(1); };
  const HostTensor end = run_rectified_flow(inputs, [](const VelocityQuery&) { return clip(2); });
  EXPECT_NEAR(end.values[0], 5 + 2, 1e-5);
  EXPECT_NEAR(end.values[4], 0.4 * 5 + 0.6 * 1 + 2 * 0.6, 1e-5);  // channel 0, frame 2
}

TEST(RectifiedFlow, NeverLeapsBeforeEveryFrameHasJoined) {
  EXPECT_EQ(evaluations_of_a_path({0, 1, 0.13F}), 12);  // joins at t = 120, the last step of the path
  FlowInputs inputs = four_steps_with({.rule = Leap::Rule::kFixed, .evaluations = 2});
  inputs.mask = {0.0F, 1.0F, 0.45F};
  inputs.noise = [](int /*step*/) { return clip(1); };
  expect_error(ErrorCode::kInvalidArgument, {"lpl: the last leap, at time 700, would leave out frames"},
               [&] { run_rectified_flow(inputs, [](const VelocityQuery&) { return clip(1); }); });
  inputs.leap.rule = Leap::Rule::kGrowing;  // steps 0 and 1
  expect_error(ErrorCode::kInvalidArgument, {"leaps: the last leap, at time 700, would leave out frames"},
               [&] { run_rectified_flow(inputs, [](const VelocityQuery&) { return clip(1); }); });
  inputs.leap = {.rule = Leap::Rule::kFixed, .evaluations = 3};
  const HostTensor end = run_rectified_flow(inputs, [](const VelocityQuery&) { return clip(2); });
  EXPECT_EQ(end.values[0], 1.0F);
  EXPECT_NEAR(end.values[4], 0.55 * 1 + 0.45 + 2 * 0.45, 1e-5);
}

// A field that turns, so that what a path remembers of its last velocity matters.
HostTensor turning_velocity(const VelocityQuery& query) {
  HostTensor velocity = query.z;
  for (size_t i = 0; i < velocity.values.size(); ++i) {
    velocity.values[i] = 0.3F * velocity.values[i] + static_cast<float>(i % 5) * query.timesteps[0] / 1000;
  }
  return velocity;
}

TEST(RectifiedFlow, GoesOnFromAnyStepToTheSameBits) {
  std::vector<float> times;
  for (int i = 0; i < 12; ++i) times.push_back(1000.0F - 80.0F * static_cast<float>(i));
  for (const Leap::Rule rule : {Leap::Rule::kOff, Leap::Rule::kAuto, Leap::Rule::kGrowing}) {
    for (const bool masked : {false, true}) {
      const auto inputs = [&] {
        FlowInputs made = {.z = clip(1), .timesteps = {times}, .leap = {.rule = rule, .evaluations = 6}};
        if (!masked) return made;
        made.mask = {0.0F, 1.0F, 0.7F};
        made.noise = [](int step) { return clip(0.1F * static_cast<float>(step)); };
        return made;
      };
      std::vector<FlowPosition> positions;
      std::vector<std::string> reasons;
      const HostTensor end = run_rectified_flow(inputs(), turning_velocity, [&](const FlowState& state) {
        positions.push_back(state.position());
        reasons.push_back(state.decision.reason);
      });
      ASSERT_GT(positions.size(), 4U);
      for (size_t stop = 0; stop + 1 < positions.size(); ++stop) {
        FlowInputs rest = inputs();
        rest.z = clip(99);  // what counts is that of the position
        rest.from = positions[stop];
        size_t next = stop + 1;
        const HostTensor again = run_rectified_flow(std::move(rest), turning_velocity, [&](const FlowState& state) {
          EXPECT_EQ(state.evaluations, positions.at(next).evaluations);
          EXPECT_EQ(state.decision.reason, reasons.at(next++));
        });
        EXPECT_EQ(again.values, end.values) << "after " << stop + 1;
        EXPECT_EQ(next, positions.size());
      }
    }
  }
}

}  // namespace
}  // namespace odsora
