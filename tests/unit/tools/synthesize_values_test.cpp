#include "tools/synthesize_values.h"

#include <gtest/gtest.h>
#include <omp.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "base/float_formats.h"
#include "support/expect_error.h"

namespace odsora {
namespace {

const Distribution kUnit = {.mean = 0, .deviation = 1, .exact = {}};

std::vector<float> values(const ValueSource& source, const Distribution& distribution, uint64_t first, size_t count) {
  std::vector<float> result(count);
  fill_values(source, distribution, DType::kF32, first, std::as_writable_bytes(std::span(result)));
  return result;
}

std::vector<uint16_t> halves(const Distribution& distribution, DType dtype, size_t count) {
  std::vector<uint16_t> result(count);
  fill_values({7, "a"}, distribution, dtype, 0, std::as_writable_bytes(std::span(result)));
  return result;
}

TEST(SynthesizeValues, HaveTheMeanAndDeviationThatWereAskedFor) {
  constexpr size_t kCount = 1 << 20;
  double sum = 0;
  double squares = 0;
  for (const float value : values({7, "a"}, {.mean = 3, .deviation = 0.5F, .exact = {}}, 0, kCount)) {
    sum += value;
    squares += (value - 3.0) * (value - 3.0);
    ASSERT_LE(std::abs(value - 3.0F), 0.5F * std::sqrt(3.0F));
  }
  EXPECT_NEAR(sum / kCount, 3.0, 0.5 * 4 / std::sqrt(kCount));  // four standard errors
  EXPECT_NEAR(std::sqrt(squares / kCount), 0.5, 0.001);
}

TEST(SynthesizeValues, DependOnSeedNameAndIndexOnly) {
  const size_t count = 5 * kValuesPerPart + 123;
  const std::vector<float> whole = values({7, "a"}, kUnit, 0, count);
  const int threads = omp_get_max_threads();
  for (const int other : {1, 3}) {
    omp_set_num_threads(other);
    EXPECT_EQ(values({7, "a"}, kUnit, 0, count), whole) << other << " threads";
  }
  omp_set_num_threads(threads);
  const std::vector<float> end = values({7, "a"}, kUnit, 4 * kValuesPerPart, kValuesPerPart + 123);
  EXPECT_TRUE(std::equal(end.begin(), end.end(), whole.end() - static_cast<ptrdiff_t>(end.size())));
  EXPECT_NE(values({8, "a"}, kUnit, 0, 100), values({7, "a"}, kUnit, 0, 100));
  EXPECT_NE(values({7, "b"}, kUnit, 0, 100), values({7, "a"}, kUnit, 0, 100));
  EXPECT_NE(values({7 + (uint64_t{1} << 40), "a"}, kUnit, 0, 100), values({7, "a"}, kUnit, 0, 100));
}

// Computed apart from this code: FNV-1a of the name, Philox of (index, hash) under the seed, 16 bits a value.
TEST(SynthesizeValues, AreTheSameInEveryVersion) {
  const std::vector<float> first = values({7, "a"}, kUnit, 0, 8);
  const std::vector<float> expected = {0.52887068F, 0.44302929F, 0.12884136F, 1.619384F,
                                       1.4840147F,  0.62279934F, 0.22477863F, -0.90204813F};
  for (size_t i = 0; i < expected.size(); ++i) EXPECT_FLOAT_EQ(first[i], expected[i]);
}

TEST(SynthesizeValues, FormatsDifferInRoundingOnly) {
  constexpr size_t kCount = 10'000;
  const Distribution small = {.mean = 0, .deviation = 0.002F, .exact = {}};
  const std::vector<float> exact = values({7, "a"}, small, 0, kCount);
  const std::vector<uint16_t> bf16 = halves(small, DType::kBF16, kCount);
  const std::vector<uint16_t> f16 = halves(small, DType::kF16, kCount);
  for (size_t i = 0; i < kCount; ++i) {
    ASSERT_EQ(bf16[i], bf16_from_f32(exact[i]));
    ASSERT_EQ(f16[i], f16_from_f32(exact[i]));
  }
}

TEST(SynthesizeValues, CanBeGivenExactly) {
  const Distribution exact = {.mean = 0, .deviation = 0, .exact = {0.5F, -2, 3.25F}};
  EXPECT_EQ(values({7, "a"}, exact, 0, 3), exact.exact);
  EXPECT_EQ(halves(exact, DType::kF16, 3), (std::vector<uint16_t>{0x3800, 0xc000, 0x4280}));
}

TEST(SynthesizeValues, RefuseOtherFormats) {
  std::byte byte{};
  expect_error(ErrorCode::kInternal, {"I8"}, [&] { fill_values({7, "a"}, kUnit, DType::kI8, 0, {&byte, 1}); });
}

TEST(SynthesizeValues, EveryF16IsFoundAgain) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    if ((bits & 0x7c00U) == 0x7c00U) continue;  // infinities and NaN
    ASSERT_EQ(f16_from_f32(f32_from_f16(static_cast<uint16_t>(bits))), bits);
  }
}

TEST(SynthesizeValues, F16RoundsToNearestEven) {
  for (uint32_t bits = 0; bits < 0x7bff; ++bits) {
    const float below = f32_from_f16(static_cast<uint16_t>(bits));
    const float above = f32_from_f16(static_cast<uint16_t>(bits + 1));
    const float middle = (below + above) / 2;  // exact
    ASSERT_EQ(f16_from_f32(middle), bits + bits % 2);
    ASSERT_EQ(f16_from_f32(std::nextafter(middle, 0.0F)), bits);
    ASSERT_EQ(f16_from_f32(-std::nextafter(middle, std::numeric_limits<float>::max())), (bits + 1) | 0x8000U);
  }
}

}  // namespace
}  // namespace odsora
