#include "base/noise.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace odsora {
namespace {

// The known answers that accompany the authors' library, Random123.
TEST(Noise, PhiloxGivesThePublishedAnswers) {
  EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}), (std::array<uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}),
            (std::array<uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
            (std::array<uint32_t, 4>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Noise, IsStandardNormal) {
  std::vector<float> values(200000);
  fill_normal(42, 0, values);
  double sum = 0, squares = 0, fourth = 0;
  for (const float value : values) {
    ASSERT_TRUE(std::isfinite(value));
    sum += value;
    squares += std::pow(value, 2);
    fourth += std::pow(value, 4);
  }
  const auto count = static_cast<double>(values.size());
  EXPECT_NEAR(sum / count, 0.0, 0.01);
  EXPECT_NEAR(squares / count, 1.0, 0.02);
  EXPECT_NEAR(fourth / count, 3.0, 0.15);
}

TEST(Noise, AValueDependsOnSeedStreamAndIndexOnly) {
  std::vector<float> longer(101), shorter(7), other_seed(7), other_stream(7);
  fill_normal(1, 2, longer);
  fill_normal(1, 2, shorter);
  EXPECT_TRUE(std::equal(shorter.begin(), shorter.end(), longer.begin()));
  fill_normal(2, 2, other_seed);
  fill_normal(1, 3, other_stream);
  EXPECT_NE(shorter, other_seed);
  EXPECT_NE(shorter, other_stream);
}

}  // namespace
}  // namespace odsora
