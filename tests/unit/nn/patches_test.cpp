#include "nn/patches.h"

#include <gtest/gtest.h>

#include <numeric>

namespace odsora {
namespace {

TEST(Patches, AreFilledWithZerosAtBottomAndRight) {
  HostTensor latent({1, 2, 1, 3, 3});
  std::iota(latent.values.begin(), latent.values.end(), 1.0F);
  const HostTensor patches = cut_patches(latent, {.height = 2, .width = 2});
  EXPECT_EQ(patches.shape, (Shape{1, 1, 4, 8}));
  // Values of a patch: channel, then row, then column.
  EXPECT_EQ((std::vector<float>{patches.values.begin(), patches.values.begin() + 8}),
            (std::vector<float>{1, 2, 4, 5, 10, 11, 13, 14}));
  EXPECT_EQ((std::vector<float>{patches.values.end() - 8, patches.values.end()}),
            (std::vector<float>{9, 0, 0, 0, 18, 0, 0, 0}));
}

TEST(Patches, JoinReadsTheChannelFastestAndCrops) {
  HostTensor patches({1, 1, 4, 8});
  std::iota(patches.values.begin(), patches.values.end(), 0.0F);
  const HostTensor latent = join_patches(patches, {.height = 2, .width = 2}, {.height = 3, .width = 3});
  EXPECT_EQ(latent.shape, (Shape{1, 2, 1, 3, 3}));
  EXPECT_EQ(latent.values, (std::vector<float>{0, 2, 8, 4, 6, 12, 16, 18, 24, 1, 3, 9, 5, 7, 13, 17, 19, 25}));
}

}  // namespace
}  // namespace odsora
