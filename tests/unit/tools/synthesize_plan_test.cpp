#include "tools/synthesize_plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "support/expect_error.h"
#include "support/shipped_model.h"
#include "support/temporary_folder.h"
#include "weights/weight_store.h"

namespace odsora {
namespace {

ModelLikeness open_sora() {
  return open_sora_likeness(std::filesystem::path(kShippedModel) / "tokenizer" / "spiece.model");
}

const PlannedTensor& find(const PlannedTensors& tensors, const std::string& name) {
  const auto found = std::ranges::find(tensors, name, [](const PlannedTensor& tensor) { return tensor.info.name; });
  if (found == tensors.end()) throw std::runtime_error("no tensor " + name);
  return *found;
}

TEST(SynthesizePlan, OpenSoraHasItsPublishedNumbersOfWeights) {
  const PlannedTensors text_encoder = plan_text_encoder(open_sora().text_encoder, DType::kBF16);
  EXPECT_EQ(weight_count(text_encoder), 4'762'310'656U);
  EXPECT_EQ(find(text_encoder, "shared.weight").info.shape, (Shape{32128, 4096}));
  const PlannedTensors transformer = plan_transformer(open_sora().transformer, DType::kBF16);
  EXPECT_EQ(weight_count(transformer), 1'208'872'772U);
  EXPECT_EQ(find(transformer, "x_embedder.proj.weight").info.shape, (Shape{1152, 4, 1, 2, 2}));
  const PlannedTensors vae = plan_vae(open_sora().vae, DType::kBF16);
  EXPECT_EQ(weight_count(vae), 393'341'015U);
  EXPECT_EQ(find(vae, "scale").info.shape, (Shape{1, 4, 1, 1, 1}));
  EXPECT_EQ(find(vae, "temporal_vae.decoder.conv_blocks.2.conv.weight").info.shape, (Shape{1024, 512, 3, 3, 3}));
}

// Both ways: no tensor is missing, none is made up.
TEST(SynthesizePlan, NamesAndShapesAreThoseOfAPublishedModel) {
  const ModelLikeness likeness = likeness_of(kShippedModel);
  const ModelPlan plan = plan_model(likeness, DType::kF16, 1'000'000'000);
  ASSERT_EQ(plan.checkpoints.size(), 3U);
  for (const PlannedCheckpoint& checkpoint : plan.checkpoints) {
    const WeightStore store(std::filesystem::path(kShippedModel) / checkpoint.folder);
    ASSERT_EQ(checkpoint.files.size(), 1U);
    std::vector<std::string> names;
    for (const PlannedTensor& tensor : checkpoint.files[0].tensors) {
      names.push_back(tensor.info.name);
      EXPECT_EQ(tensor.info.shape, store.info(tensor.info.name).shape) << tensor.info.name;
    }
    std::ranges::sort(names);
    EXPECT_EQ(names, store.names());
  }
}

TEST(SynthesizePlan, TheTensorsOfABlockLieTogether) {
  const PlannedTensors tensors = plan_transformer(likeness_of(kShippedModel).transformer, DType::kF32);
  std::vector<std::string> blocks;  // "spatial_blocks.0", in order of their first tensor and of every return
  for (const PlannedTensor& tensor : tensors) {
    const std::string& name = tensor.info.name;
    const size_t list = name.find("_blocks.");
    const std::string block = list == name.npos ? "" : name.substr(0, name.find('.', list + 8));
    if (blocks.empty() || blocks.back() != block) blocks.push_back(block);
  }
  ASSERT_EQ(blocks.size(), 17U);  // what is outside the blocks, and eight pairs
  EXPECT_EQ(blocks[0], "");
  EXPECT_EQ(blocks[1], "spatial_blocks.0");
  EXPECT_EQ(blocks[2], "temporal_blocks.0");
  EXPECT_EQ(blocks[16], "temporal_blocks.7");
}

PlannedTensors floats(std::initializer_list<int64_t> counts) {
  PlannedTensors tensors;
  for (const int64_t count : counts) {
    TensorInfo info = {.name = {},
                       .dtype = DType::kF32,
                       .shape = {count},
                       .offset = 0,
                       .byte_count = static_cast<uint64_t>(count) * sizeof(float)};
    info.name = join("t", tensors.size());
    tensors.push_back({std::move(info), {}});
  }
  return tensors;
}

TEST(SynthesizePlan, FilesAreFilledInOrder) {
  const PlannedCheckpoint split = split_checkpoint("part", {"file", "{}"}, floats({5, 5, 1, 100, 3}), 40);
  ASSERT_EQ(split.files.size(), 4U);
  EXPECT_EQ(split.files[0].name, "model-00001-of-00004.safetensors");
  EXPECT_EQ(split.files[0].tensors.size(), 2U);
  EXPECT_EQ(split.files[1].tensors.size(), 1U);
  EXPECT_EQ(split.files[2].tensors.size(), 1U);  // larger than a file should be
  EXPECT_EQ(split.files[3].tensors.size(), 1U);
  const auto index = nlohmann::json::parse(split.index.value());
  EXPECT_EQ(index.at("metadata").at("total_size"), 114 * 4);
  EXPECT_EQ(index.at("weight_map").size(), 5U);
  EXPECT_EQ(index.at("weight_map").at("t3"), "model-00003-of-00004.safetensors");
}

TEST(SynthesizePlan, WhatFitsInOneFileHasNoIndex) {
  const PlannedCheckpoint one = split_checkpoint("part", {"file", "{}"}, floats({5, 5}), 40);
  ASSERT_EQ(one.files.size(), 1U);
  EXPECT_EQ(one.files[0].name, "model.safetensors");
  EXPECT_FALSE(one.index);
}

void expect_no_fit(const ModelLikeness& likeness, std::initializer_list<std::string> parts) {
  expect_bad_model(parts, [&] { plan_model(likeness, DType::kBF16, 1); });
}

void replace(ConfigText& config, const std::string& text, const std::string& by) {
  const size_t place = config.text.find(text);
  ASSERT_NE(place, std::string::npos);
  config.text.replace(place, text.size(), by);
}

TEST(SynthesizePlan, PartsThatDoNotFitAreRefused) {
  ModelLikeness likeness = open_sora();
  replace(likeness.transformer, "\"caption_channels\": 4096", "\"caption_channels\": 2048");
  expect_no_fit(likeness, {"STDiT3-XL/2", "caption_channels", "4096", "2048"});
  likeness = open_sora();
  replace(likeness.transformer, "\"in_channels\": 4", "\"in_channels\": 8");
  expect_no_fit(likeness, {"in_channels", "expected 4", "8"});
  likeness = open_sora();
  replace(likeness.text_encoder, "32128", "100");
  expect_no_fit(likeness, {"vocab_size", "at least 1604", "100"});
  likeness = open_sora();
  likeness.tokenizer = "/absent/spiece.model";
  expect_no_fit(likeness, {"/absent/spiece.model"});
}

TEST(SynthesizePlan, AManifestSurvivesBeingWritten) {
  const TemporaryFolder folder;
  ModelManifest manifest;
  manifest.name = "synthetic-\"x\"";
  manifest.fps = 12.5;
  folder.write("odsora.json", manifest_text(manifest));
  const ModelManifest read = read_manifest(folder.path());
  EXPECT_EQ(read.name, manifest.name);
  EXPECT_EQ(read.width, 256);
  EXPECT_EQ(read.frames, 68);
  EXPECT_EQ(read.fps, 12.5);
  EXPECT_EQ(read.steps, 30);
  EXPECT_EQ(read.guidance_scale, 7.0);
  EXPECT_EQ(read.aesthetic_score, 6.5);
  manifest.aesthetic_score.reset();
  folder.write("odsora.json", manifest_text(manifest));
  EXPECT_FALSE(read_manifest(folder.path()).aesthetic_score);
}

}  // namespace
}  // namespace odsora
