// odsora synthesize as a user types it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "support/program.h"
#include "support/shipped_model.h"

namespace odsora {
namespace {

namespace fs = std::filesystem;

TEST(Cli, SynthesizesAModelThatGenerates) {
  const Program program(
      {"synthesize", "--like", kShippedModel, "--dtype", "bf16", "--seed", "3", "--shard-size", "4M", "model"});
  const Finished finished = program.wait();
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_EQ(finished.out, "");
  EXPECT_THAT(finished.err, testing::HasSubstr("61 of 61 MB"));
  EXPECT_THAT(finished.err, testing::HasSubstr("model: 30526419 weights, bf16, seed 3; 61.1 MB in "));
  EXPECT_EQ(program.files(), std::vector<std::string>{"model"});
  const std::string model = (program.folder() / "model").string();
  EXPECT_TRUE(fs::exists(fs::path(model) / "text_encoder" / "model-00002-of-00002.safetensors"));
  const Program generating({"generate", "-p", "a red apple", "-o", "noise.png", "--model", model, "-W", "64", "-H",
                            "64", "--frames", "5", "--steps", "2"});
  EXPECT_EQ(generating.wait().exit_code, 0);
  EXPECT_EQ(generating.files().size(), 5U);
}

TEST(Cli, RefusesToSynthesize) {
  const auto refused = [](const std::vector<std::string>& arguments, int exit_code, const std::string& part) {
    expect_refusal(with({"synthesize"}, arguments), exit_code, part);
  };
  refused({}, 2, "folder");
  refused({"--dtype", "f64", "model"}, 2, "--dtype");
  refused({"--seed", "much", "model"}, 2, "--seed");
  refused({"--shard-size", "large", "model"}, 2, "--shard-size");
  refused({"--shard-size", "0", "model"}, 2, "shard size: expected at least 1 byte");
  refused({"--like", "nowhere", "model"}, 3, "nowhere");
  refused({"--like", kShippedModel, kShippedModel}, 4, "expected a new or an empty folder");
  refused({"--like", kShippedModel, "no/such/model"}, 4, "no/such/model");
}

TEST(Cli, AnInterruptedSynthesisLeavesNothing) {
  if (fs::space(fs::temp_directory_path()).available < 20'000'000'000) GTEST_SKIP() << "this disk is full";
  const Program program({"synthesize", "model"});  // gigabytes, if it were let
  const auto started = [&] { return fs::exists(program.folder() / "model.part" / "text_encoder"); };
  for (int i = 0; i < 1000 && !started(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  const auto sent = std::chrono::steady_clock::now();
  program.send(SIGINT);
  const Finished finished = program.wait();
  EXPECT_LT(std::chrono::steady_clock::now() - sent, std::chrono::seconds(3));  // one, and two for a busy disk
  EXPECT_EQ(finished.exit_code, 130) << finished.err;
  EXPECT_THAT(finished.err, testing::HasSubstr("interrupted, nothing was written"));
  EXPECT_THAT(program.files(), testing::IsEmpty());
}

}  // namespace
}  // namespace odsora
