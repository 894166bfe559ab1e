#include "tools/synthesize_plan.h"

#include <cstdio>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/error.h"
#include "cpu/cpu_ops.h"
#include "models/stdit3.h"
#include "models/t5_encoder.h"
#include "models/video_vae.h"
#include "nn/model_host.h"
#include "text/t5_tokenizer.h"
#include "weights/safetensors_writer.h"
#include "weights/tensor_recorder.h"

namespace odsora {
namespace {

/// What models ask for when `bind` constructs them; nothing is computed and no weight takes memory.
template <typename Bind>
TensorRecorder record(DType dtype, const Bind& bind) {
  TensorRecorder recorder(dtype);
  Workspace workspace;
  const auto ops = make_cpu_ops({.threads = 1, .workspace = workspace, .dry_run = true});
  WeightCount memory;
  BlockMeasure measure;
  bind(WeightScope(recorder), ModelHost{*ops, memory, &measure});
  return recorder;
}

template <typename DistributionOf>
PlannedTensors plan(const TensorRecorder& recorder, const DistributionOf& distribution_of) {
  PlannedTensors tensors;
  for (const TensorInfo& info : recorder.tensors()) tensors.push_back({info, distribution_of(info)});
  return tensors;
}

/// "model.safetensors", or "model-00002-of-00007.safetensors".
std::string file_name(size_t number, size_t count) {
  if (count == 1) return "model.safetensors";
  char name[64];
  std::snprintf(name, sizeof name, "model-%05zu-of-%05zu.safetensors", number, count);
  return name;
}

std::string index_text(const std::vector<PlannedFile>& files) {
  Bytes total = 0;
  nlohmann::json weight_map = nlohmann::json::object();
  for (const PlannedFile& file : files) {
    for (const PlannedTensor& tensor : file.tensors) {
      weight_map[tensor.info.name] = file.name;
      total += tensor.info.byte_count;
    }
  }
  return nlohmann::json{{"metadata", {{"total_size", total}}}, {"weight_map", weight_map}}.dump(2) + "\n";
}

/// As opening a model would, but before gigabytes are written.
void require_fit(const ModelLikeness& likeness) {
  const T5Config text_encoder = T5Config::read(likeness.text_encoder.parse());
  const ConfigObject transformer_object = likeness.transformer.parse();
  const StDit3Config transformer = StDit3Config::read(transformer_object);
  const VideoVaeConfig vae = VideoVaeConfig::read(likeness.vae.parse());
  const int64_t pieces = T5Tokenizer(likeness.tokenizer).vocabulary_size();
  if (transformer.caption_channels != text_encoder.model_size) {
    transformer_object.reject("caption_channels", join(text_encoder.model_size, ", the text encoder's d_model"));
  }
  if (transformer.in_channels != vae.temporal.embed_channels) {
    transformer_object.reject("in_channels", join(vae.temporal.embed_channels, ", the VAE's latent channels"));
  }
  if (pieces > text_encoder.vocabulary_size) {
    likeness.text_encoder.parse().reject("vocab_size", join("at least ", pieces, ", the tokenizer's pieces"));
  }
}

}  // namespace

PlannedTensors plan_text_encoder(const ConfigText& text, DType dtype) {
  const T5Config config = T5Config::read(text.parse());
  const TensorRecorder recorder =
      record(dtype, [&](const WeightScope& root, const ModelHost& host) { T5Encoder(root, config, host); });
  return plan(recorder, [&](const TensorInfo& info) { return text_encoder_distribution(info, config); });
}

PlannedTensors plan_transformer(const ConfigText& text, DType dtype) {
  const StDit3Config config = StDit3Config::read(text.parse());
  const TensorRecorder recorder =
      record(dtype, [&](const WeightScope& root, const ModelHost& host) { StDit3(root, config, host); });
  return plan(recorder, [&](const TensorInfo& info) { return transformer_distribution(info, config); });
}

PlannedTensors plan_vae(const ConfigText& text, DType dtype) {
  const VideoVaeConfig config = VideoVaeConfig::read(text.parse());
  const TensorRecorder recorder = record(dtype, [&](const WeightScope& root, const ModelHost& host) {
    VideoVaeDecoder(root, config, host);
    VideoVaeEncoder(root, config, host);
    // The published file repeats the config's values; the models read the config.
    root.require("scale", {1, config.temporal.embed_channels, 1, 1, 1});
    root.require("shift", {1, config.temporal.embed_channels, 1, 1, 1});
  });
  return plan(recorder, [&](const TensorInfo& info) { return vae_distribution(info, config); });
}

uint64_t weight_count(const PlannedTensors& tensors) {
  uint64_t count = 0;
  for (const PlannedTensor& tensor : tensors) count += static_cast<uint64_t>(element_count(tensor.info.shape));
  return count;
}

std::vector<TensorInfo> PlannedFile::infos() const {
  std::vector<TensorInfo> result;
  for (const PlannedTensor& tensor : tensors) result.push_back(tensor.info);
  return result;
}

PlannedCheckpoint split_checkpoint(const std::string& folder, const ConfigText& config, PlannedTensors tensors,
                                   Bytes shard_bytes) {
  PlannedCheckpoint checkpoint = {.folder = folder, .config = config.text, .files = {}, .index = std::nullopt};
  Bytes filled = 0;  // of the last file
  for (PlannedTensor& tensor : tensors) {
    if (checkpoint.files.empty() || filled + tensor.info.byte_count > shard_bytes) {
      checkpoint.files.emplace_back();
      filled = 0;
    }
    filled += tensor.info.byte_count;
    checkpoint.files.back().tensors.push_back(std::move(tensor));
  }
  const size_t count = checkpoint.files.size();
  for (size_t i = 0; i < count; ++i) checkpoint.files[i].name = file_name(i + 1, count);
  if (count > 1) checkpoint.index = index_text(checkpoint.files);
  return checkpoint;
}

ModelPlan plan_model(const ModelLikeness& likeness, DType dtype, Bytes shard_bytes) {
  constexpr Bytes kWhole = std::numeric_limits<Bytes>::max();
  require_fit(likeness);
  ModelPlan plan;
  const auto add = [&](const std::string& folder, const ConfigText& config, PlannedTensors tensors, Bytes most) {
    plan.weights += weight_count(tensors);
    plan.checkpoints.push_back(split_checkpoint(folder, config, std::move(tensors), most));
  };
  add("text_encoder", likeness.text_encoder, plan_text_encoder(likeness.text_encoder, dtype), shard_bytes);
  add("transformer", likeness.transformer, plan_transformer(likeness.transformer, dtype), kWhole);
  add("vae", likeness.vae, plan_vae(likeness.vae, dtype), kWhole);
  plan.data_bytes = plan.weights * size_of(dtype);
  for (const PlannedCheckpoint& checkpoint : plan.checkpoints) {
    for (const PlannedFile& file : checkpoint.files) plan.file_bytes += safetensors_file_bytes(file.infos());
  }
  return plan;
}

}  // namespace odsora
