// The autoencoder of single frames, diffusers' AutoencoderKL: pixels ↔ latents 8 times smaller in height and width.
//
// Everything is channels-last: [frames, height, width, channels]. Frames are independent of each other.
#pragma once

#include <optional>
#include <vector>

#include "models/vae_config.h"
#include "nn/bind_weights.h"
#include "nn/conv_bands.h"
#include "nn/conv_resnet.h"
#include "nn/ops.h"
#include "nn/probe.h"
#include "nn/upsample_conv.h"

namespace odsora {

struct VaeSpatialAttention {
  GroupNorm norm;
  Linear query, key, value, output;  // [C, C], one head
};

struct VaeSpatialMiddle {
  ConvResnet first;
  VaeSpatialAttention attention;
  ConvResnet second;
};

struct VaeSpatialLevel {
  std::vector<ConvResnet> resnets;
  std::optional<Conv> halve;            // after the encoder's resnets
  std::optional<UpsampleConv> magnify;  // after the decoder's
};

class VaeSpatialDecoder {
 public:
  /// Binds decoder.* and post_quant_conv.* of `scope`. Throws Error(kBadModel).
  VaeSpatialDecoder(const BindTarget& target, const WeightScope& scope, const VaeSpatialConfig& config);

  /// latents f32 [frames, height, width, latent_channels] → pixels f32 [frames, 8 height, 8 width, 3],
  /// about −1 … 1. The probe sees "spatial.conv_in", "spatial.mid_block" and each of "spatial.up_blocks.0" ….
  Tensor decode(const Tensor& latents, int64_t band_bytes = kBandBytes, const Probe& probe = {}) const;

 private:
  Ops* ops_;
  Conv post_quant_;
  Conv conv_in_;
  VaeSpatialMiddle middle_;
  std::vector<VaeSpatialLevel> levels_;  // in the order of execution, coarsest first
  GroupNorm norm_out_;
  Conv conv_out_;
};

class VaeSpatialEncoder {
 public:
  /// Binds encoder.* and quant_conv.* of `scope`. Throws Error(kBadModel).
  VaeSpatialEncoder(const BindTarget& target, const WeightScope& scope, const VaeSpatialConfig& config);

  /// pixels f32 [frames, height, width, 3] → moments f32 [frames, height / 8, width / 8, 2 latent_channels]:
  /// the means, then the logarithms of the variances. The probe sees "spatial.conv_in", each of "spatial.down_blocks.0"
  /// … and "spatial.mid_block".
  Tensor encode(const Tensor& pixels, int64_t band_bytes = kBandBytes, const Probe& probe = {}) const;

 private:
  Ops* ops_;
  Conv conv_in_;
  std::vector<VaeSpatialLevel> levels_;  // in the order of execution, finest first
  VaeSpatialMiddle middle_;
  GroupNorm norm_out_;
  Conv conv_out_;
  Conv quant_;
};

}  // namespace odsora
