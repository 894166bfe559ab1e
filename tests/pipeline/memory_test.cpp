// Memory limits: what they promise, what they must not change, and how they are refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "odsora/odsora.h"
#include "support/expect_error.h"
#include "support/shipped_model.h"
#include "support/temporary_folder.h"
#include "tools/synthesize.h"

namespace odsora {
namespace {

Request small_request() {
  Request request;
  request.prompt = "a panda bouncing over the ocean at sunset";
  request.seed = 1;
  request.width = 64;
  request.height = 64;
  request.frames = 21;
  request.steps = 3;
  return request;
}

Video generate(const EngineOptions& options, const Request& request = small_request()) {
  Engine engine(options);
  return engine.generate(request);
}

uint64_t least_limit(const std::string& model, const Request& request = small_request()) {
  Engine engine({.model_folder = model, .threads = 2, .prompt_cache = false});
  return engine.plan(request).least_memory_limit;
}

int blocks_kept(const Video& video) { return video.report.plan.phase(Phase::kDenoising).blocks_kept; }

TEST(Memory, TheVideoIsTheSameUnderEveryLimit) {
  const Video free = generate({.model_folder = kShippedModel, .threads = 2, .prompt_cache = false});
  EXPECT_EQ(blocks_kept(free), 16);
  // What the process holds already grows a little with each run, so the least limit is asked anew.
  for (const uint64_t more : {0, 8'000'000, 24'000'000}) {
    const Video limited = generate({.model_folder = kShippedModel,
                                    .threads = more == 0 ? 1 : 2,
                                    .memory_limit = least_limit(kShippedModel) + more,
                                    .prompt_cache = false});
    EXPECT_EQ(limited.rgb, free.rgb) << more;
    EXPECT_LE(limited.report.plan.peak_bytes(), limited.report.plan.memory_limit);
  }
}

TEST(Memory, TheSwitchesOfStreamingChangeTimeOnly) {
  const Video usual = generate({.model_folder = kShippedModel, .threads = 2, .prompt_cache = false});
  const Video plain = generate({.model_folder = kShippedModel,
                                .threads = 2,
                                .prompt_cache = false,
                                .streaming = {.prefetch = false, .keep_blocks = false}});
  EXPECT_EQ(plain.rgb, usual.rgb);
  EXPECT_EQ(blocks_kept(plain), 0);
  EXPECT_GT(plain.report.bytes_read, 2 * usual.report.bytes_read);  // the denoiser in each of three steps
}

// Random weights of other sizes than emoji-world's: deeper, wider, with heads of 48 values and an uneven number of
// blocks, 71 million weights in all.
std::string synthesize_mid_size_model(const TemporaryFolder& folder) {
  const std::filesystem::path shipped = kShippedModel;
  for (const char* part : {"tokenizer/spiece.model", "vae/config.json", "odsora.json"}) {
    std::filesystem::create_directories((folder.path() / "like" / part).parent_path());
    std::filesystem::copy_file(shipped / part, folder.path() / "like" / part);
  }
  folder.write("like/text_encoder/config.json",
               R"({"d_model": 384, "d_kv": 48, "num_heads": 8, "d_ff": 1000, "num_layers": 7, "vocab_size": 1664,
                   "feed_forward_proj": "gated-gelu"})");
  folder.write("like/transformer/config.json",
               R"({"depth": 7, "hidden_size": 480, "num_heads": 10, "in_channels": 16, "patch_size": [1, 2, 2],
                   "caption_channels": 384, "model_max_length": 64, "qk_norm": true})");
  std::string model = (folder.path() / "synthetic").string();
  synthesize_model(
      {.folder = model, .like = folder.path() / "like", .tokenizer = {}, .dtype = DType::kBF16, .seed = 3});
  return model;
}

TEST(Memory, ASyntheticModelOfOtherShapesIsTheSameUnderEveryLimitToo) {
  const TemporaryFolder folder;
  const std::string model = synthesize_mid_size_model(folder);
  const Video free = generate({.model_folder = model, .threads = 2, .prompt_cache = false});
  EXPECT_EQ(blocks_kept(free), 14);
  EXPECT_THAT(free.rgb, testing::Contains(testing::Ne(free.rgb.front())));  // not one flat color
  for (const uint64_t more : {0, 10'000'000}) {
    const Video limited = generate({.model_folder = model,
                                    .threads = more == 0 ? 1 : 2,
                                    .memory_limit = least_limit(model) + more,
                                    .prompt_cache = false});
    EXPECT_EQ(limited.rgb, free.rgb) << more;
    EXPECT_LT(blocks_kept(limited), 14) << more;
  }
}

TEST(Memory, ALimitThatIsTooSmallIsRefusedWithTheLeastOne) {
  const TemporaryFolder folder;
  Engine engine({.model_folder = kShippedModel, .threads = 2, .memory_limit = 20'000'000, .prompt_cache = false});
  expect_error(ErrorCode::kMemory, {"at least", "MB", "the limit is 20 MB"},
               [&] { engine.generate(small_request(), {.path = folder.path() / "clip.mp4"}); });
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Memory, ThePlanTellsWhatARunTakes) {
  Engine engine({.model_folder = kShippedModel, .threads = 2, .prompt_cache = false});
  const Plan plan = engine.plan(small_request());
  ASSERT_EQ(plan.phases.size(), 3U);
  uint64_t read = 0;
  for (const PlannedPhase& phase : plan.phases) {
    EXPECT_GT(phase.seconds, 0);
    EXPECT_LE(phase.peak_bytes, plan.memory_limit);
    EXPECT_EQ(phase.blocks_kept,
              phase.phase == Phase::kTextEncoding ? 0 : phase.blocks);  // used once, kept for nothing
    read += phase.bytes_read;
  }
  const Video video = engine.generate(small_request());
  EXPECT_EQ(plan.bytes_read(), read);
  EXPECT_EQ(video.report.bytes_read, read);
  EXPECT_EQ(video.report.plan.bytes_read(), read);
}

TEST(Memory, ASecondSeedNeedsNoTextEncoder) {
  const TemporaryFolder folder;
  setenv("ODSORA_CACHE_DIR", folder.path().c_str(), 1);
  Request request = small_request();
  const Video first = generate({.model_folder = kShippedModel, .threads = 2}, request);
  const Video again = generate({.model_folder = kShippedModel, .threads = 2}, request);
  request.seed = 2;
  const Video other = generate({.model_folder = kShippedModel, .threads = 2}, request);
  unsetenv("ODSORA_CACHE_DIR");
  EXPECT_FALSE(first.report.cached_prompt);
  EXPECT_TRUE(again.report.cached_prompt);
  EXPECT_EQ(again.report.bytes_read, again.report.plan.bytes_read());
  EXPECT_EQ(again.report.plan.phase(Phase::kTextEncoding).blocks, 0);
  EXPECT_EQ(again.rgb, first.rgb);
  EXPECT_TRUE(other.report.cached_prompt);
  EXPECT_LT(other.report.bytes_read, first.report.bytes_read);
}

}  // namespace
}  // namespace odsora
