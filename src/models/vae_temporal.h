// The autoencoder over time, VAE_Temporal of Open-Sora v1.2: causal 3-D convolutions squeeze 4 frames into one.
//
// Everything is channels-last: [1, frames, height, width, channels]. A call handles one chunk; the group norms see all
// of its frames, so a chunk's result depends on its length and on nothing outside it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/vae_config.h"
#include "nn/bind_weights.h"
#include "nn/conv_resnet.h"
#include "nn/ops.h"

namespace odsora {

/// One piece of the decoder: the unit in which its weights come and go. What is present runs in this order.
struct VaeTemporalPiece {
  std::vector<Conv> entry;  // post_quant_conv, conv1
  std::optional<ConvResnet> resnet;
  std::optional<Conv> to_frames;  // twice the channels, which become twice the frames
  std::optional<GroupNorm> norm_out;
  std::optional<Conv> conv_out;
};

/// The decoder, cut into pieces that run one after the other. Makes no state of its own.
class VaeTemporalDecoder {
 public:
  explicit VaeTemporalDecoder(const VaeTemporalConfig& config);

  int pieces() const { return static_cast<int>(recipes_.size()); }

  /// Binds piece `index` of decoder.* and post_quant_conv.* of `scope`. Throws Error(kBadModel).
  VaeTemporalPiece bind(const BindTarget& target, const WeightScope& scope, int index) const;

  /// The first piece takes latents f32 [1, latent frames, height, width, embed_channels], the last one returns f32
  /// [1, time_factor · latent frames, height, width, in_out_channels]. The caller drops the leading frames that
  /// encoding had added.
  static Tensor run(Ops& ops, const VaeTemporalPiece& piece, Tensor x);

 private:
  enum class Kind { kEntry, kResnet, kToFrames, kExit };
  struct Recipe {
    Kind kind;
    std::string name;  // of the resnet or convolution, below the decoder
    int64_t inputs;
    int64_t outputs;
  };

  VaeTemporalConfig config_;
  std::vector<Recipe> recipes_;
};

struct VaeTemporalLevel {
  std::vector<ConvResnet> resnets;
  std::optional<Conv> resample;  // after the resnets: stride 2 in time
};

class VaeTemporalEncoder {
 public:
  /// Binds encoder.* and quant_conv.* of `scope`. Throws Error(kBadModel).
  VaeTemporalEncoder(const BindTarget& target, const WeightScope& scope, const VaeTemporalConfig& config);

  /// frames f32 [1, a multiple of time_factor, height, width, in_out_channels] → moments f32
  /// [1, frames / time_factor, height, width, 2 embed_channels]: the means, then the logarithms of the variances.
  Tensor encode(const Tensor& frames) const;

 private:
  Ops& ops_;
  Conv conv_in_;
  std::vector<VaeTemporalLevel> levels_;  // in the order of execution, finest first
  std::vector<ConvResnet> resnets_;
  GroupNorm norm_out_;
  Conv conv_out_;  // encoder.conv2
  Conv quant_;
};

}  // namespace odsora
