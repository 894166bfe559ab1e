#include "cpu/isa.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace odsora {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(Isa, LimitIsParsed) {
  EXPECT_EQ(parse_isa_limit(nullptr), std::nullopt);
  EXPECT_EQ(parse_isa_limit(""), std::nullopt);
  EXPECT_EQ(parse_isa_limit("avx2"), Isa::kAvx2);
  EXPECT_EQ(parse_isa_limit("avx512"), Isa::kAvx512);
  EXPECT_EQ(parse_isa_limit("amx"), Isa::kAmx);
}

TEST(Isa, UnknownLimitIsRefusedByName) {
  try {
    parse_isa_limit("AVX9");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_THAT(error.what(), AllOf(HasSubstr("ODSORA_MAX_ISA"), HasSubstr("'AVX9'"), HasSubstr("avx2"),
                                    HasSubstr("avx512"), HasSubstr("amx")));
  }
}

TEST(Isa, PrecisionFollowsTheCpu) {
  EXPECT_EQ(resolve_precision(Precision::kF32), DType::kF32);
  EXPECT_EQ(resolve_precision(Precision::kAuto), has_bf16() ? DType::kBF16 : DType::kF32);
  if (has_bf16()) {
    EXPECT_EQ(resolve_precision(Precision::kBF16), DType::kBF16);
    return;
  }
  try {
    resolve_precision(Precision::kBF16);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupported);
    EXPECT_THAT(error.what(), HasSubstr("--precision f32"));
  }
}

TEST(Isa, SaysWhyThePrecisionWasTaken) {
  EXPECT_THAT(automatic_precision_reason(), HasSubstr(has_bf16() ? "is there" : "AVX512-BF16 and AMX, without which"));
  EXPECT_EQ(automatic_precision_reason().find('\n'), std::string::npos);
}

TEST(Isa, LaterInstructionsIncludeEarlierOnes) {
  EXPECT_LE(in_use(InstructionSet::kAmxBf16), in_use(InstructionSet::kAvx512Bf16));
  EXPECT_LE(in_use(InstructionSet::kAvx512Bf16), in_use(InstructionSet::kAvx512));
  EXPECT_LE(in_use(InstructionSet::kAvx512), in_use(InstructionSet::kAvx2));
  if (isa_limit() == Isa::kAvx2) {
    EXPECT_FALSE(in_use(InstructionSet::kAvx512));
  }
}

TEST(Isa, DescriptionIsOneLine) {
  EXPECT_FALSE(isa_description().empty());
  EXPECT_EQ(isa_description().find('\n'), std::string::npos);
}

}  // namespace
}  // namespace odsora
