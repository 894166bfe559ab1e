#include "tools/synthesize_likeness.h"

#include <nlohmann/json.hpp>
#include <span>

#include "base/input_file.h"

namespace odsora {
namespace {

constexpr const char* kT5Xxl = R"({
  "architectures": ["T5EncoderModel"],
  "d_ff": 10240,
  "d_kv": 64,
  "d_model": 4096,
  "decoder_start_token_id": 0,
  "dropout_rate": 0.1,
  "eos_token_id": 1,
  "feed_forward_proj": "gated-gelu",
  "initializer_factor": 1.0,
  "is_encoder_decoder": true,
  "layer_norm_epsilon": 1e-06,
  "model_type": "t5",
  "num_decoder_layers": 24,
  "num_heads": 64,
  "num_layers": 24,
  "output_past": true,
  "pad_token_id": 0,
  "relative_attention_num_buckets": 32,
  "tie_word_embeddings": false,
  "vocab_size": 32128
}
)";

constexpr const char* kStDit3Xl2 = R"({
  "architectures": ["STDiT3"],
  "caption_channels": 4096,
  "class_dropout_prob": 0.1,
  "depth": 28,
  "drop_path": 0.0,
  "enable_flash_attn": true,
  "enable_layernorm_kernel": true,
  "enable_sequence_parallelism": false,
  "freeze_y_embedder": true,
  "hidden_size": 1152,
  "in_channels": 4,
  "input_size": [null, null, null],
  "input_sq_size": 512,
  "mlp_ratio": 4.0,
  "model_max_length": 300,
  "model_type": "STDiT3",
  "num_heads": 16,
  "only_train_temporal": false,
  "patch_size": [1, 2, 2],
  "pred_sigma": true,
  "qk_norm": true,
  "skip_y_embedder": false
}
)";

// Names types, which stand for sizes.
constexpr const char* kOpenSoraVae = R"({
  "architectures": ["VideoAutoencoderPipeline"],
  "cal_loss": false,
  "freeze_vae_2d": false,
  "from_pretrained": null,
  "micro_frame_size": 17,
  "model_type": "VideoAutoencoderPipeline",
  "scale": [3.85, 2.32, 2.33, 3.06],
  "shift": [-0.1, 0.34, 0.27, 0.98],
  "vae_2d": {
    "from_pretrained": "PixArt-alpha/pixart_sigma_sdxlvae_T5_diffusers",
    "micro_batch_size": 4,
    "subfolder": "vae",
    "type": "VideoAutoencoderKL"
  },
  "vae_temporal": {
    "from_pretrained": null,
    "type": "VAE_Temporal_SD"
  }
}
)";

ConfigText read_config(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / "config.json";
  static_cast<void>(ConfigObject::open(path));  // refuses what is no config, before its text is taken
  const InputFile file(path);
  std::string text(file.size(), '\0');
  file.read(0, std::as_writable_bytes(std::span(text)));
  return {.file = path.string(), .text = std::move(text)};
}

}  // namespace

ModelLikeness open_sora_likeness(const std::filesystem::path& tokenizer) {
  return {.text_encoder = {.file = "T5 v1.1 XXL", .text = kT5Xxl},
          .transformer = {.file = "STDiT3-XL/2", .text = kStDit3Xl2},
          .vae = {.file = "OpenSora-VAE-v1.2", .text = kOpenSoraVae},
          .tokenizer = tokenizer,
          .manifest = {}};
}

ModelLikeness likeness_of(const std::filesystem::path& model_folder) {
  const ModelManifest manifest = read_manifest(model_folder);
  return {.text_encoder = read_config(model_folder / "text_encoder"),
          .transformer = read_config(model_folder / "transformer"),
          .vae = read_config(model_folder / "vae"),
          .tokenizer = model_folder / "tokenizer" / "spiece.model",
          .manifest = manifest};
}

std::string manifest_text(const ModelManifest& manifest) {
  nlohmann::ordered_json defaults = {{"width", manifest.width},   {"height", manifest.height},
                                     {"frames", manifest.frames}, {"fps", manifest.fps},
                                     {"steps", manifest.steps},   {"guidance_scale", manifest.guidance_scale}};
  if (manifest.aesthetic_score) defaults["aesthetic_score"] = *manifest.aesthetic_score;
  const nlohmann::ordered_json text = {
      {"format", "odsora-model"}, {"version", 1}, {"name", manifest.name}, {"defaults", defaults}};
  return text.dump(2) + "\n";
}

}  // namespace odsora
