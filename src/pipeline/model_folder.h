// A model: a folder with text_encoder/, tokenizer/, transformer/ and vae/ as published, and our manifest.
#pragma once

#include <filesystem>

#include "models/stdit3_config.h"
#include "models/t5_config.h"
#include "models/vae_config.h"
#include "text/t5_tokenizer.h"
#include "weights/model_manifest.h"
#include "weights/weight_store.h"

namespace odsora {

/// Configs, tokeniser and the headers of the weight files; the weights themselves stay on disk.
struct ModelFolder {
  std::filesystem::path folder;
  ModelManifest manifest;
  T5Tokenizer tokenizer;
  T5Config text_encoder;
  std::filesystem::path text_encoder_config;  // the file
  WeightStore text_encoder_weights;
  StDit3Config transformer;
  WeightStore transformer_weights;
  VideoVaeConfig vae;
  WeightStore vae_weights;

  /// Throws Error(kBadModel) naming the file that is missing or wrong, also when the parts do not fit each other.
  explicit ModelFolder(const std::filesystem::path& folder);
};

}  // namespace odsora
