#include "pipeline/checkpoint_job.h"

#include <gtest/gtest.h>

#include "support/expect_error.h"
#include "support/temporary_folder.h"

namespace odsora {
namespace {

CheckpointJob job() {
  return {.recipe = R"({"odsora":"0.1.0","prompt":"a cat","seed":7,"init_image":{"name":"cat.png","sha256":"12"}})",
          .model_folder = "/models/one",
          .arithmetic = "avx2",
          .quality = 30,
          .generation_data = false,
          .inputs = {"/pictures/cat.png", "", ""}};
}

TEST(CheckpointJob, ComesBackFromEveryFile) {
  const TemporaryFolder folder;
  write_checkpoint_file(folder.path() / "job.safetensors", facts_of(job()), {});
  const CheckpointJob back = read_job(CheckpointFile(folder.path() / "job.safetensors"));
  EXPECT_EQ(back.recipe, job().recipe);
  EXPECT_EQ(back.model_folder, "/models/one");
  EXPECT_EQ(back.arithmetic, "avx2");
  EXPECT_EQ(back.quality, 30);
  EXPECT_FALSE(back.generation_data);
  const Recipe recipe = recipe_of(back, "job");
  EXPECT_EQ(recipe.request.seed, 7U);
  EXPECT_EQ(recipe.request.conditioning.init_image.path, "/pictures/cat.png");
  EXPECT_EQ(recipe.request.conditioning.init_image.sha256, "12");
  EXPECT_TRUE(recipe.request.conditioning.end_image.path.empty());
}

TEST(CheckpointJob, RefusesSettingsThatAreNotOurs) {
  const TemporaryFolder folder;
  const auto refused = [&](const std::string& run, const std::string& part) {
    write_checkpoint_file(folder.path() / "job.safetensors", {{"recipe", "{}"}, {"run", run}}, {});
    expect_error(ErrorCode::kInvalidArgument, {"job.safetensors", part},
                 [&] { read_job(CheckpointFile(folder.path() / "job.safetensors")); });
  };
  refused("{}", "arithmetic");
  refused(R"({"model_folder":"a\u001b[2J","arithmetic":"b","generation_data":true})", "a path without control");
  refused(R"({"model_folder":"a\u009b2J","arithmetic":"b","generation_data":true})", "a path without control");
  refused("7", "expected a JSON object");
  refused(R"({"model_folder":"a","arithmetic":"b","generation_data":1})", "generation_data");
  refused(R"({"model_folder":"a","arithmetic":"b","generation_data":true,"quality":101})", "quality");
  refused(R"({"model_folder":"a","arithmetic":"b","generation_data":true,"shell":"rm"})", "shell");
}

TEST(CheckpointJob, SaysInWhatTwoRecipesDiffer) {
  EXPECT_EQ(difference(R"({"odsora":"1","prompt":"a","seed":7})", R"({"odsora":"2","seed":7,"prompt":"a"})"), "");
  EXPECT_EQ(difference(R"({"prompt":"a"})", R"({"prompt":"b"})"), "prompt: \"a\" there, \"b\" here");
  EXPECT_EQ(difference(R"({"seed":7})", R"({"seed":8})"), "seed: 7 there, 8 here");
  EXPECT_EQ(difference(R"({})", R"({"motion_score":8})"), "motion score: not given there, 8 here");
  const std::string long_prompt(500, 'a');
  EXPECT_NE(difference("{\"prompt\":\"" + long_prompt + "b\"}", "{\"prompt\":\"" + long_prompt + "c\"}"), "");
}

}  // namespace
}  // namespace odsora
