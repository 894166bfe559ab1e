#include "sampling/timesteps.h"

#include <gtest/gtest.h>

#include <cmath>

namespace odsora {
namespace {

TEST(Timesteps, WithoutTransformAreEvenlySpaced) {
  const auto times = timesteps({.steps = 4, .transform = false});
  EXPECT_EQ(times, (std::vector<float>{1000, 750, 500, 250}));
}

// 68 frames at 192x192: the ratio is 0.375 * sqrt(20).
TEST(Timesteps, TransformFollowsSizeAndLength) {
  const auto times = timesteps({.steps = 30, .pixel_height = 192, .pixel_width = 192, .frames = 68});
  EXPECT_NEAR(times[0], 1000.0, 1e-3);
  EXPECT_NEAR(times[1], 979.85, 5e-3);
  EXPECT_NEAR(times[15], 626.45, 5e-3);
  EXPECT_NEAR(times[29], 54.67, 5e-3);
}

TEST(Timesteps, ClipsShorterThanAChunkCountTheirLatentFrames) {
  const auto times =
      timesteps({.steps = 10, .pixel_height = 512, .pixel_width = 512, .frames = 16, .latent_frames = 4});
  for (const float time : times) EXPECT_TRUE(std::isfinite(time) && time > 0 && time <= 1000.0F);
  EXPECT_NEAR(times[5], 1000.0 * 2 * 0.5 / (1 + 0.5), 1e-3);  // the ratio is sqrt(4)
}

}  // namespace
}  // namespace odsora
