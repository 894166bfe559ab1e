#include "pipeline/model_folder.h"

#include "base/error.h"

namespace odsora {
namespace {

const std::filesystem::path& require_folder(const std::filesystem::path& folder) {
  if (!std::filesystem::is_directory(folder)) {
    fail(ErrorCode::kBadModel, folder.string(), ": expected a model folder (text_encoder/, tokenizer/, transformer/, ",
         "vae/), found ", std::filesystem::exists(folder) ? "a file" : "nothing");
  }
  return folder;
}

template <typename Config>
Config read_config(const std::filesystem::path& folder) {
  return Config::read(ConfigObject::open(folder / "config.json"));
}

}  // namespace

ModelFolder::ModelFolder(const std::filesystem::path& path)
    : folder(require_folder(path)),
      manifest(read_manifest(folder)),
      tokenizer(folder / "tokenizer" / "spiece.model"),
      text_encoder(read_config<T5Config>(folder / "text_encoder")),
      text_encoder_config(folder / "text_encoder" / "config.json"),
      text_encoder_weights(folder / "text_encoder"),
      transformer(read_config<StDit3Config>(folder / "transformer")),
      transformer_weights(folder / "transformer"),
      vae(read_config<VideoVaeConfig>(folder / "vae")),
      vae_weights(folder / "vae") {
  const std::string name = folder.string();
  if (text_encoder.model_size != transformer.caption_channels) {
    fail(ErrorCode::kBadModel, name, ": transformer/config.json: caption_channels: expected ", text_encoder.model_size,
         " (the text encoder's d_model), found ", transformer.caption_channels);
  }
  if (vae.temporal.embed_channels != transformer.in_channels) {
    fail(ErrorCode::kBadModel, name, ": transformer/config.json: in_channels: expected ", vae.temporal.embed_channels,
         " (the VAE's latent channels), found ", transformer.in_channels);
  }
  const auto channels = static_cast<size_t>(vae.temporal.embed_channels);
  if (manifest.preview && manifest.preview->channels() != channels) {
    fail(ErrorCode::kBadModel, name, ": odsora.json: preview.weights: expected ", channels,
         " numbers in each array (the VAE's latent channels), found ", manifest.preview->channels());
  }
  if (tokenizer.vocabulary_size() > text_encoder.vocabulary_size) {
    fail(ErrorCode::kBadModel, name, ": text_encoder/config.json: vocab_size: expected at least ",
         tokenizer.vocabulary_size(), " (the tokenizer's pieces), found ", text_encoder.vocabulary_size);
  }
}

}  // namespace odsora
