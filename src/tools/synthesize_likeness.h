// What a synthetic model is made like: the configs, the tokenizer and the defaults of another.
#pragma once

#include <filesystem>
#include <string>

#include "base/config_object.h"
#include "weights/model_manifest.h"

namespace odsora {

/// A config.json, to be read and to be copied.
struct ConfigText {
  std::string file;  // for error messages
  std::string text;

  ConfigObject parse() const { return ConfigObject::parse(text, file); }
};

struct ModelLikeness {
  ConfigText text_encoder;
  ConfigText transformer;
  ConfigText vae;
  std::filesystem::path tokenizer;  // a spiece.model
  ModelManifest manifest;
};

/// The sizes of the published Open-Sora v1.2: T5 v1.1 XXL, STDiT3-XL/2 and OpenSora-VAE-v1.2. `tokenizer` stands in for
/// T5's own vocabulary, which has more pieces.
ModelLikeness open_sora_likeness(const std::filesystem::path& tokenizer);

/// Those of a model folder, which needs no weights. Throws Error(kBadModel).
ModelLikeness likeness_of(const std::filesystem::path& model_folder);

/// The text of an odsora.json that read_manifest() reads as `manifest`.
std::string manifest_text(const ModelManifest& manifest);

}  // namespace odsora
