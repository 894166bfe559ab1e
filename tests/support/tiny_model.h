// The configs of a model that is as small as one can be, for tests that need a model folder and no pictures.
#pragma once

#include <filesystem>

#include "support/temporary_folder.h"

namespace odsora {

/// Writes config.json files that fit each other, the shipped tokenizer and an odsora.json into `folder`; no weights.
inline void write_tiny_configs(const TemporaryFolder& folder) {
  folder.write("text_encoder/config.json", R"({"d_model": 16, "d_kv": 4, "num_heads": 4, "d_ff": 24, "num_layers": 2,
                                               "vocab_size": 1664, "feed_forward_proj": "gated-gelu"})");
  folder.write("transformer/config.json", R"({"depth": 1, "hidden_size": 16, "num_heads": 2, "in_channels": 4,
                                              "patch_size": [1, 2, 2], "caption_channels": 16,
                                              "model_max_length": 20, "qk_norm": true})");
  folder.write("vae/config.json", R"({"micro_frame_size": 17, "scale": [1, 2, 3, 4], "shift": [0.5, 0, 0, -0.5],
    "vae_2d": {"module_config": {"block_out_channels": [4, 8], "latent_channels": 4, "layers_per_block": 1,
                                 "norm_num_groups": 2}},
    "vae_temporal": {"filters": 4, "num_res_blocks": 1, "channel_multipliers": [1, 2],
                     "temporal_downsample": [true], "num_groups": 2}})");
  folder.write("odsora.json", R"({"format": "odsora-model", "version": 1, "name": "tiny",
    "defaults": {"width": 16, "height": 16, "frames": 4, "fps": 8, "steps": 1, "guidance_scale": 2.5}})");
  std::filesystem::create_directory(folder.path() / "tokenizer");
  std::filesystem::copy_file(ODSORA_SOURCE_FOLDER "/models/emoji-world/tokenizer/spiece.model",
                             folder.path() / "tokenizer" / "spiece.model");
}

}  // namespace odsora
