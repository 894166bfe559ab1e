// Which tensors a model needs, in the words of the models themselves, and which files will hold them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/units.h"
#include "tools/synthesize_distribution.h"
#include "tools/synthesize_likeness.h"

namespace odsora {

struct PlannedTensor {
  TensorInfo info;
  Distribution distribution;
};

/// The tensors of one checkpoint, block after block.
using PlannedTensors = std::vector<PlannedTensor>;

/// In the format `dtype`. They throw Error(kBadModel) for a config that describes no model.
PlannedTensors plan_text_encoder(const ConfigText& config, DType dtype);
PlannedTensors plan_transformer(const ConfigText& config, DType dtype);
PlannedTensors plan_vae(const ConfigText& config, DType dtype);

/// The number of weights.
uint64_t weight_count(const PlannedTensors& tensors);

struct PlannedFile {
  std::string name;
  std::vector<PlannedTensor> tensors;
  std::vector<TensorInfo> infos() const;
};

/// The weights of one folder of the model.
struct PlannedCheckpoint {
  std::string folder;  // "text_encoder"
  std::string config;  // the text of its config.json
  std::vector<PlannedFile> files;
  std::optional<std::string> index;  // the text of its model.safetensors.index.json
};

/// Fills files in order, of at most `shard_bytes` of data each or one tensor: model.safetensors, or numbered ones with
/// an index.
PlannedCheckpoint split_checkpoint(const std::string& folder, const ConfigText& config, PlannedTensors tensors,
                                   Bytes shard_bytes);

struct ModelPlan {
  std::vector<PlannedCheckpoint> checkpoints;
  uint64_t weights = 0;
  Bytes data_bytes = 0;  // of all weights
  Bytes file_bytes = 0;  // of all files of weights
};

/// As published, only the text encoder is split. Throws Error(kBadModel), also when the parts do not fit each other.
ModelPlan plan_model(const ModelLikeness& likeness, DType dtype, Bytes shard_bytes);

}  // namespace odsora
