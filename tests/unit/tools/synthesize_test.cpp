#include "tools/synthesize.h"

#include <gtest/gtest.h>
#include <omp.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <sstream>

#include "support/expect_error.h"
#include "support/temporary_folder.h"
#include "support/tiny_model.h"
#include "weights/model_manifest.h"
#include "weights/weight_store.h"

namespace odsora {
namespace {

namespace fs = std::filesystem;

class SynthesizeTest : public testing::Test {
 protected:
  SynthesizeTest() { write_tiny_configs(like_); }

  SynthesisOptions options(const std::string& name) const {
    SynthesisOptions result;
    result.folder = home_.path() / name;
    result.like = like_.path();
    result.dtype = DType::kF32;
    return result;
  }

  // Relative path and bytes of every file.
  static std::map<std::string, std::string> contents(const fs::path& folder) {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      if (!entry.is_regular_file()) continue;
      std::ostringstream bytes;
      bytes << std::ifstream(entry.path(), std::ios::binary).rdbuf();
      files[fs::relative(entry.path(), folder).string()] = bytes.str();
    }
    return files;
  }

  static std::vector<std::string> names(const fs::path& folder) {
    std::vector<std::string> result;
    for (const auto& [name, bytes] : contents(folder)) result.push_back(name);
    return result;
  }

  TemporaryFolder like_;
  TemporaryFolder home_;
};

TEST_F(SynthesizeTest, TheEngineGeneratesWithEveryFormat) {
  for (const DType dtype : {DType::kF32, DType::kF16, DType::kBF16}) {
    SynthesisOptions wished = options(std::string(name_of(dtype)));
    wished.dtype = dtype;
    const SynthesisReport report = synthesize_model(wished);
    EXPECT_FALSE(report.cancelled);
    Engine engine({.model_folder = wished.folder.string(), .precision = Precision::kF32, .threads = 1});
    Request request;
    request.prompt = "a red apple";
    request.seed = 1;
    const Video video = engine.generate(request);
    EXPECT_EQ(video.width, 16);
    EXPECT_EQ(video.frames, 4);
    EXPECT_EQ(video.report.evaluations, 1);
    const auto [darkest, brightest] = std::ranges::minmax(video.rgb);
    EXPECT_GT(brightest - darkest, 20);  // neither black nor NaN
  }
}

TEST_F(SynthesizeTest, WritesTheLayoutOfAModelFolder) {
  const SynthesisReport report = synthesize_model(options("model"));
  EXPECT_EQ(names(home_.path() / "model"),
            (std::vector<std::string>{"odsora.json", "text_encoder/config.json", "text_encoder/model.safetensors",
                                      "tokenizer/spiece.model", "transformer/config.json",
                                      "transformer/model.safetensors", "vae/config.json", "vae/model.safetensors"}));
  const auto made = contents(home_.path() / "model");
  const auto like = contents(like_.path());
  for (const char* copied :
       {"text_encoder/config.json", "transformer/config.json", "vae/config.json", "tokenizer/spiece.model"}) {
    EXPECT_EQ(made.at(copied), like.at(copied)) << copied;
  }
  EXPECT_EQ(report.bytes, made.at("text_encoder/model.safetensors").size() +
                              made.at("transformer/model.safetensors").size() +
                              made.at("vae/model.safetensors").size());
  const ModelManifest manifest = read_manifest(home_.path() / "model");
  EXPECT_EQ(manifest.name, "synthetic-tiny");
  EXPECT_EQ(manifest.guidance_scale, 2.5);
  EXPECT_FALSE(manifest.aesthetic_score);
}

TEST_F(SynthesizeTest, ASyntheticModelCanBeTheLikenessOfAnother) {
  synthesize_model(options("one"));
  SynthesisOptions wished = options("two");
  wished.like = home_.path() / "one";
  synthesize_model(wished);
  EXPECT_EQ(contents(home_.path() / "one"), contents(home_.path() / "two"));
}

TEST_F(SynthesizeTest, SameSeedSameBytesOnAnyNumberOfThreads) {
  synthesize_model(options("one"));
  const int threads = omp_get_max_threads();
  omp_set_num_threads(1);
  synthesize_model(options("two"));
  omp_set_num_threads(threads);
  EXPECT_EQ(contents(home_.path() / "one"), contents(home_.path() / "two"));
  SynthesisOptions wished = options("three");
  wished.seed = 1;
  synthesize_model(wished);
  EXPECT_NE(contents(home_.path() / "one"), contents(home_.path() / "three"));
}

TEST_F(SynthesizeTest, ATextEncoderIsSplitWithoutChangingItsWeights) {
  synthesize_model(options("whole"));
  SynthesisOptions wished = options("split");
  wished.shard_bytes = 4000;
  synthesize_model(wished);
  const WeightStore whole(home_.path() / "whole" / "text_encoder");
  const WeightStore split(home_.path() / "split" / "text_encoder");
  EXPECT_EQ(whole.names(), split.names());
  for (const std::string& name : whole.names()) {
    EXPECT_EQ(to_f32(whole.read(name)).values, to_f32(split.read(name)).values) << name;
  }
  const std::vector<std::string> files = names(home_.path() / "split" / "text_encoder");
  EXPECT_GT(files.size(), 4U);
  EXPECT_THAT(files, testing::Contains("model.safetensors.index.json"));
  EXPECT_THAT(files, testing::Not(testing::Contains("model.safetensors")));
  EXPECT_EQ(names(home_.path() / "split" / "vae").size(), 2U);
}

TEST_F(SynthesizeTest, WhatModelsComputeThemselvesIsExact) {
  synthesize_model(options("model"));
  const WeightStore transformer(home_.path() / "model" / "transformer");
  EXPECT_EQ(to_f32(transformer.read("rope.freqs")).values[0], 1.0F);
  const WeightStore vae(home_.path() / "model" / "vae");
  EXPECT_EQ(to_f32(vae.read("scale")).values, (std::vector<float>{1, 2, 3, 4}));
  EXPECT_EQ(to_f32(vae.read("shift")).values, (std::vector<float>{0.5F, 0, 0, -0.5F}));
}

TEST_F(SynthesizeTest, ProgressCountsEveryByte) {
  Bytes written = 0;
  Bytes total = 0;
  const SynthesisReport report = synthesize_model(options("model"), [&](const SynthesisProgress& progress) {
    EXPECT_GT(progress.written, written);
    written = progress.written;
    total = progress.total;
  });
  EXPECT_EQ(written, total);
  EXPECT_EQ(total, report.weights * sizeof(float));
}

TEST_F(SynthesizeTest, CancellingLeavesNothing) {
  CancelToken token;
  const SynthesisReport report = synthesize_model(
      options("model"),
      [&](const SynthesisProgress& progress) {
        if (progress.written > progress.total / 2) token.request();
      },
      &token);
  EXPECT_TRUE(report.cancelled);
  EXPECT_TRUE(fs::is_empty(home_.path()));
}

TEST_F(SynthesizeTest, AnErrorLeavesNothing) {
  EXPECT_THROW(synthesize_model(options("model"), [](const SynthesisProgress&) { throw std::runtime_error("stop"); }),
               std::runtime_error);
  EXPECT_TRUE(fs::is_empty(home_.path()));
}

TEST_F(SynthesizeTest, RefusesAFolderInUse) {
  home_.write("model/precious", "content");
  expect_error(ErrorCode::kOutput, {"model", "not empty"}, [&] { synthesize_model(options("model")); });
  EXPECT_EQ(names(home_.path()), std::vector<std::string>{"model/precious"});
}

TEST_F(SynthesizeTest, RefusesAModelThatNoDiskHolds) {
  like_.write("text_encoder/config.json", R"({"d_model": 16, "d_kv": 1024, "num_heads": 1024, "d_ff": 1048576,
                                              "num_layers": 1024, "vocab_size": 16777216})");
  like_.write("transformer/config.json", R"({"depth": 1, "hidden_size": 16, "num_heads": 2, "in_channels": 4,
                                             "patch_size": [1, 2, 2], "caption_channels": 16, "model_max_length": 20})");
  const auto space = fs::space(home_.path());
  const SynthesisOptions wished = options("model");
  if (space.available > 400'000'000'000) GTEST_SKIP() << "this disk is large";
  expect_error(ErrorCode::kOutput, {"the model takes", "MB free"}, [&] { synthesize_model(wished); });
  EXPECT_TRUE(fs::is_empty(home_.path()));
}

TEST_F(SynthesizeTest, RefusesALikenessThatIsNone) {
  SynthesisOptions wished = options("model");
  wished.like = home_.path() / "nowhere";
  expect_bad_model({"nowhere"}, [&] { synthesize_model(wished); });
  fs::remove(like_.path() / "vae" / "config.json");
  expect_bad_model({"vae/config.json"}, [&] { synthesize_model(options("model")); });
  EXPECT_TRUE(fs::is_empty(home_.path()));
}

TEST_F(SynthesizeTest, RefusesFilesOfNothing) {
  SynthesisOptions wished = options("model");
  wished.shard_bytes = 0;
  expect_error(ErrorCode::kInvalidArgument, {"shard size"}, [&] { synthesize_model(wished); });
}

}  // namespace
}  // namespace odsora
