#include "video/frame_times.h"

#include <gtest/gtest.h>

namespace odsora {
namespace {

TEST(FrameTimes, RoundingDoesNotAddUp) {
  for (const double fps : {0.1, 7.0, 23.976, 24.0, 50.0}) {
    int ticks = 0;
    for (int frame = 0; frame < 10'000; ++frame) {
      ticks += frame_ticks(frame, fps, 100);
      ASSERT_NEAR(ticks, 100 * (frame + 1) / fps, 0.5) << fps;
    }
  }
}

TEST(FrameTimes, WholeTicksAreKept) {
  for (int frame = 0; frame < 100; ++frame) EXPECT_EQ(frame_ticks(frame, 25, 100), 4);
}

}  // namespace
}  // namespace odsora
