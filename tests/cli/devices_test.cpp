// odsora devices as a user types it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/environment_variable.h"
#include "support/program.h"

namespace odsora {
namespace {

constexpr const char* kLimit = "ODSORA_MAX_ISA";

nlohmann::json report_under(const char* limit) {
  const EnvironmentVariable scope(kLimit, limit);
  const Finished finished = Program({"devices", "--json"}).wait();
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_EQ(finished.err, "");
  return nlohmann::json::parse(finished.out);
}

TEST(Cli, TellsWhatComputesHere) {
  const EnvironmentVariable scope(kLimit, nullptr);
  const Program program({"devices"});
  const Finished finished = program.wait();
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_EQ(finished.err, "");
  EXPECT_THAT(finished.out, testing::StartsWith("device        cpu\n"));
  for (const char* part :
       {"\nprocessor ", "\ncores ", "\ninstructions ", "\nlimit         none\n", "\nprecision ", "\nproducts ",
        "\nconvolutions ", "(oneDNN ", "(Highway ", "\nthreads ", "\nmemory ", "limit by default "}) {
    EXPECT_THAT(finished.out, testing::HasSubstr(part));
  }
  EXPECT_THAT(program.files(), testing::IsEmpty());
}

TEST(Cli, TellsProgramsWhatComputesHere) {
  const nlohmann::json report = report_under(nullptr);
  EXPECT_EQ(report.at("device"), "cpu");
  EXPECT_GE(report.at("cores"), 1);
  EXPECT_TRUE(report.at("max_isa").is_null());
  EXPECT_TRUE(report.at("wait_policy").is_string());  // the program sets one where there is none
  EXPECT_GE(report.at("memory_limit"), 100'000'000);
  bool bf16 = false;
  for (const nlohmann::json& set : report.at("instructions")) {
    if (set.at("name") == "AVX512-BF16") bf16 = set.at("used");
  }
  EXPECT_EQ(report.at("precision"), bf16 ? "bf16" : "f32");
  for (const char* kernel : {"products", "convolutions", "element_wise"}) {
    EXPECT_NE(report.at("kernels").at(kernel), "") << kernel;
  }
}

TEST(Cli, TellsWhatALimitOfInstructionsChanges) {
  const nlohmann::json report = report_under("avx2");
  EXPECT_EQ(report.at("max_isa"), "avx2");
  EXPECT_EQ(report.at("precision"), "f32");
  EXPECT_THAT(report.at("precision_reason").get<std::string>(),
              testing::StartsWith("ODSORA_MAX_ISA=avx2 switches off"));
  for (const nlohmann::json& set : report.at("instructions")) {
    const bool beyond_the_limit = set.at("name") != "AVX2";
    EXPECT_FALSE(beyond_the_limit && set.at("used")) << set;
  }
}

TEST(Cli, RefusesToTellUnderAnUnknownLimit) {
  const EnvironmentVariable scope(kLimit, "AVX9");
  expect_refusal({"devices"}, 2, "ODSORA_MAX_ISA is 'AVX9'; allowed are avx2, avx512 and amx");
  expect_refusal({"devices", "--json"}, 2, "ODSORA_MAX_ISA is 'AVX9'");
}

TEST(Cli, DevicesTakesNoOptionOfGenerate) { expect_refusal({"devices", "--precision", "f32"}, 2, "--precision"); }

}  // namespace
}  // namespace odsora
