// STDiT3, the diffusion transformer of Open-Sora v1.2: a noisy latent video becomes the velocity towards the clean one.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "models/stdit3_block.h"
#include "models/stdit3_config.h"
#include "nn/model_host.h"
#include "nn/ops.h"
#include "nn/probe.h"
#include "weights/weight_scope.h"

namespace odsora {

struct StDit3Inputs {
  const HostTensor& latent;          // [batch, in_channels, frames, height, width]
  std::span<const float> timesteps;  // [batch], 0 (clean) … 1000 (noise)
  std::span<const float> fps;        // [batch]; 120 for a picture
  float pixel_height = 0;            // of the wanted picture
  float pixel_width = 0;
  TextCondition& text;  // for this batch; keeps keys and values between calls
  /// [batch * frames]: 0 marks frames that are held fixed and so seen at timestep 0; empty: none is.
  std::span<const uint8_t> frame_moves = {};
  TokenMerging merging = {};  // of frames in attention
  int step = 0;               // of the path, from 0, for `merging`
};

class StDit3 {
 public:
  /// Binds the weights in `root`; the host's parts and the source of `root` must live longer. Throws Error(kBadModel).
  StDit3(const WeightScope& root, const StDit3Config& config, const ModelHost& host);

  const StDit3Config& config() const { return config_; }

  /// Text states as the blocks want them. texts[item] is [tokens, caption_channels], the tokens of the prompt only.
  TextCondition prepare_text(std::span<const HostTensor> texts, const Probe& probe = {});

  /// The states that stand for no prompt, cut to the prompt's number of tokens as the reference does:
  /// [tokens, caption_channels]. `tokens` must not exceed config().max_text_tokens.
  HostTensor null_text(int64_t tokens) const;

  /// [batch, out_channels, frames, height, width]; the first in_channels are the velocity x_data − noise.
  HostTensor forward(const StDit3Inputs& inputs, const Probe& probe = {});

 private:
  struct Conditions {
    int64_t batch = 0;
    Tensor vector;                      // f32 [rows, C]: timestep + fps
    Tensor time;                        // f32 [rows, 6, C]
    std::vector<int32_t> row_of_frame;  // [batch * frames]
  };

  struct SinusoidEmbedder {
    Linear first, second;  // mlp.0 [C, 256], mlp.2 [C, C]
  };

  Linear bind_patch_embedder(const BindTarget& target, const WeightScope& scope) const;
  SinusoidEmbedder bind_embedder(const BindTarget& target, const WeightScope& scope) const;
  Tensor embed(const SinusoidEmbedder& embedder, std::span<const float> values) const;
  Conditions conditions(const StDit3Inputs& inputs) const;
  Tensor embed_patches(const StDit3Inputs& inputs, const Probe& probe) const;
  void modulate_held_frames(Tensor& frames, const Tensor& vectors, const Conditions& conditions) const;
  HostTensor final_layer(Tensor x, const Conditions& conditions, const Probe& probe) const;

  StDit3Config config_;
  Ops& ops_;
  HostTensor null_text_;           // y_embedder.y_embedding [max_text_tokens, caption_channels]
  HostTensor rotary_frequencies_;  // [head_size / 2]
  Linear patch_embedder_;          // x_embedder.proj [C, in_channels * patch]
  SinusoidEmbedder time_embedder_, fps_embedder_;
  Linear time_block_;                                 // t_block.1 [6C, C]
  Linear text_in_, text_out_;                         // y_embedder.y_proj
  std::unique_ptr<BlockSource<StDit3Block>> blocks_;  // spatial 0, temporal 0, spatial 1, …
  HostTensor final_table_;                            // final_layer.scale_shift_table [2, C]
  Linear final_linear_;                               // [patch * out_channels, C]
};

}  // namespace odsora
