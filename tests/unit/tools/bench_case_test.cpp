#include "tools/bench_case.h"

#include <gtest/gtest.h>

#include "cpu/cpu_ops.h"
#include "odsora/odsora.h"
#include "tools/timed_ops.h"

namespace odsora {
namespace {

std::string refusal(const std::string& name) {
  try {
    parse_bench_case(name);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    return error.what();
  }
  return "";
}

TEST(BenchCase, NamesAreKindAndSizes) {
  const BenchCase pair = parse_bench_case("stdit3.pair@2x20x144+300");
  EXPECT_EQ(pair.kind->name, "stdit3.pair");
  EXPECT_EQ(pair.sizes, (BenchSizes{2, 20, 144, 300}));
  EXPECT_EQ(parse_bench_case("t5.block@7").sizes, BenchSizes{7});
}

TEST(BenchCase, EveryUsualNameIsOne) {
  for (const auto& names : {usual_operations(), usual_stages()}) {
    EXPECT_FALSE(names.empty());
    for (const std::string& name : names) EXPECT_NO_THROW(parse_bench_case(name)) << name;
  }
}

TEST(BenchCase, WrongNamesAndSizesAreRefused) {
  EXPECT_NE(refusal("stdit3.pairs@2x20x144+300").find("'stdit3.pairs@2x20x144+300'"), std::string::npos);
  EXPECT_NE(refusal("").find("expected operations, stages"), std::string::npos);
  for (const std::string sizes : {"", "2x20x144", "2x20x144+", "2x20x144+0", "2x20x144+-1", "2x20x144+300x",
                                  "2+20x144+300", "2x20x144+9999999", "2x20x144+99999999999999999999", "axbxc+d"}) {
    EXPECT_NE(refusal("stdit3.pair@" + sizes).find("expected sizes BxTxS+Y"), std::string::npos) << sizes;
  }
}

/// The work that a case claims, beside what the operations that it calls need.
void expect_claimed_work(const std::string& name) {
  Workspace workspace;
  const auto ops = make_cpu_ops({.threads = 2, .workspace = workspace, .dry_run = true});
  TimedOps timed(*ops);
  const BenchCase what = parse_bench_case(name);
  const BenchReady ready = what.kind->make(timed, what.sizes);
  ready.body->run();  // a text's keys and values are computed in the first run only
  timed.reset();
  ready.body->run();
  double flops = 0;
  for (const OperationKind kind : {OperationKind::kProduct, OperationKind::kConvolution, OperationKind::kAttention}) {
    flops += timed.totals(kind).flops;
  }
  EXPECT_NEAR(ready.work.flops / flops, 1.0, 0.01) << name;
}

TEST(BenchCase, ClaimsTheWorkThatItDoes) {
  for (const std::string name :
       {"matrix@32x64x96", "stdit3.qkv@2x3x4", "stdit3.fc1@2x3x4", "stdit3.fc2@2x3x4", "stdit3.attention_spatial@2x3x8",
        "stdit3.attention_temporal@2x3x8", "stdit3.attention_cross@2x3x8+5", "t5.q@5", "t5.wi_0@5", "t5.wo@5",
        "t5.attention@5", "vae.conv2d@2x8x8x32x64", "vae.conv3d@3x8x8x32x32"}) {
    expect_claimed_work(name);
  }
}

TEST(BenchCase, StagesClaimTheWorkThatTheyDo) {
  for (const std::string name :
       {"stdit3.pair@2x4x9+5", "stdit3.merged_pair@2x4x9+5", "t5.block@5", "vae.decode@17x64x64"}) {
    expect_claimed_work(name);
  }
}

}  // namespace
}  // namespace odsora
