#include "base/float_formats.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace odsora {
namespace {

TEST(FloatFormats, Bf16RoundsToNearestEven) {
  EXPECT_EQ(bf16_from_f32(1.0F), 0x3f80);
  EXPECT_EQ(bf16_from_f32(std::bit_cast<float>(0x3f808000U)), 0x3f80);  // tie: the even one below
  EXPECT_EQ(bf16_from_f32(std::bit_cast<float>(0x3f818000U)), 0x3f82);  // tie: the even one above
  EXPECT_EQ(bf16_from_f32(std::bit_cast<float>(0x3f808001U)), 0x3f81);
  EXPECT_EQ(bf16_from_f32(std::bit_cast<float>(0x3f807fffU)), 0x3f80);
  EXPECT_EQ(bf16_from_f32(std::numeric_limits<float>::infinity()), 0x7f80);
  EXPECT_EQ(bf16_from_f32(std::numeric_limits<float>::max()), 0x7f80);  // rounds up past the largest finite
  EXPECT_TRUE(std::isnan(f32_from_bf16(bf16_from_f32(std::bit_cast<float>(0x7f800001U)))));
}

TEST(FloatFormats, EveryBf16SurvivesTheRoundTrip) {
  for (uint32_t bits = 0; bits < 0x10000U; ++bits) {
    const float value = f32_from_bf16(static_cast<uint16_t>(bits));
    if (std::isnan(value)) continue;
    ASSERT_EQ(bf16_from_f32(value), bits);
  }
}

TEST(FloatFormats, F16CoversItsWholeRange) {
  EXPECT_EQ(f32_from_f16(0x3c00), 1.0F);
  EXPECT_EQ(f32_from_f16(0xc000), -2.0F);
  EXPECT_EQ(f32_from_f16(0x7bff), 65504.0F);
  EXPECT_EQ(f32_from_f16(0x0001), 0x1p-24F);  // least subnormal
  EXPECT_EQ(f32_from_f16(0x03ff), 1023 * 0x1p-24F);
  EXPECT_EQ(f32_from_f16(0x0400), 0x1p-14F);  // least normal
  EXPECT_TRUE(std::signbit(f32_from_f16(0x8000)));
  EXPECT_TRUE(std::isinf(f32_from_f16(0x7c00)));
  EXPECT_TRUE(std::isnan(f32_from_f16(0x7e00)));
}

}  // namespace
}  // namespace odsora
