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

/// A piece of the decoder or the encoder: the unit in which weights come and go. What is present runs in this order.
struct VaeTemporalPiece {
  std::vector<Conv> entry;  // post_quant_conv, conv1; the encoder's conv_in
  std::optional<ConvResnet> resnet;
  std::optional<Conv> to_frames;   // the decoder's: twice the channels, which become twice the frames
  std::optional<Conv> halve_time;  // the encoder's
  std::optional<GroupNorm> norm_out;
  std::vector<Conv> exit;  // conv_out; the encoder's conv2, quant_conv
};

/// What a piece is made of.
struct VaeTemporalRecipe {
  enum class Kind { kEntry, kResnet, kResample, kExit };

  Kind kind;
  std::string name;  // of the resnet or convolution, below the decoder or encoder
  int64_t inputs;
  int64_t outputs;
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
  VaeTemporalConfig config_;
  std::vector<VaeTemporalRecipe> recipes_;
};

/// The encoder, cut likewise.
class VaeTemporalEncoder {
 public:
  explicit VaeTemporalEncoder(const VaeTemporalConfig& config);

  int pieces() const { return static_cast<int>(recipes_.size()); }

  /// Binds piece `index` of encoder.* and quant_conv.* of `scope`. Throws Error(kBadModel).
  VaeTemporalPiece bind(const BindTarget& target, const WeightScope& scope, int index) const;

  /// The first piece takes frames f32 [1, a multiple of time_factor, height, width, in_out_channels], the last one
  /// returns moments f32 [1, frames / time_factor, height, width, 2 embed_channels]: the means, then the logarithms of
  /// the variances.
  static Tensor run(Ops& ops, const VaeTemporalPiece& piece, Tensor x);

 private:
  VaeTemporalConfig config_;
  std::vector<VaeTemporalRecipe> recipes_;
};

}  // namespace odsora
