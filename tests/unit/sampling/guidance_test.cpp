#include "sampling/guidance.h"

#include <gtest/gtest.h>

namespace odsora {
namespace {

TEST(Guidance, LeavesTheUnpromptedAndDropsSpareChannels) {
  // Two items (one prompt), 4 channels of which 2 are velocities, one value each.
  const HostTensor prediction({2, 4, 1}, {1, 2, 90, 91, 3, 5, 92, 93});
  const HostTensor velocity = guide(prediction, 2, 7.0F);
  EXPECT_EQ(velocity.shape, (Shape{1, 2, 1}));
  EXPECT_EQ(velocity.values, (std::vector<float>{3 + 7.0F * (1 - 3), 5 + 7.0F * (2 - 5)}));
}

TEST(Guidance, TwiceRepeatsTheWholeBatch) {
  const HostTensor both = twice({{2, 1}, {1, 2}});
  EXPECT_EQ(both.shape, (Shape{4, 1}));
  EXPECT_EQ(both.values, (std::vector<float>{1, 2, 1, 2}));
}

}  // namespace
}  // namespace odsora
