#include "sampling/rectified_flow.h"

#include <gtest/gtest.h>

#include <cmath>

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
        EXPECT_EQ(state.step, ++states);
        EXPECT_EQ(state.steps, 4);
      });
  EXPECT_EQ(states, 4);
  for (const float value : end.values) EXPECT_NEAR(value, -3, 1e-6);
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

}  // namespace
}  // namespace odsora
