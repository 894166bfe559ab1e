// The sizes of the Open-Sora v1.2 video VAE, read from its config.json.
#pragma once

#include <cstdint>
#include <vector>

#include "base/config_object.h"

namespace odsora {

/// The autoencoder of single frames (diffusers' AutoencoderKL).
struct VaeSpatialConfig {
  std::vector<int64_t> channels = {128, 256, 512, 512};  // block_out_channels, finest level first
  int64_t latent_channels = 4;
  int resnets_per_level = 2;  // layers_per_block; one more in the decoder
  int64_t norm_groups = 32;
};

/// The autoencoder over time.
struct VaeTemporalConfig {
  int64_t in_out_channels = 4;
  int64_t latent_channels = 4;  // latent_embed_dim
  int64_t embed_channels = 4;   // embed_dim
  int64_t filters = 128;
  int resnets_per_level = 4;                           // num_res_blocks
  std::vector<int64_t> multipliers = {1, 2, 2, 4};     // channel_multipliers, finest level first
  std::vector<bool> downsample = {false, true, true};  // temporal_downsample, between levels
  int64_t norm_groups = 32;

  int levels() const { return static_cast<int>(multipliers.size()); }
  int64_t level_channels(int level) const { return filters * multipliers[static_cast<size_t>(level)]; }
  /// Frames of one latent frame.
  int64_t time_factor() const;
};

struct VideoVaeConfig {
  VaeSpatialConfig spatial;
  VaeTemporalConfig temporal;
  std::vector<float> scale;  // per latent channel
  std::vector<float> shift;
  int64_t frames_per_chunk = 17;  // micro_frame_size: chunks are coded independently of each other

  /// Pixels of one latent pixel, in height and in width.
  int64_t space_factor() const { return int64_t{1} << (spatial.channels.size() - 1); }
  int64_t latent_frames_per_chunk() const;
  /// Latent frames of a clip of `frames`.
  int64_t latent_frames(int64_t frames) const;
  /// The latent frame that stands for this frame, from 0, of a clip of `frames`.
  int64_t latent_frame_of(int64_t frame, int64_t frames) const;

  /// The published config names types, which stand for the default sizes above; sizes given explicitly override them.
  /// Throws Error(kBadModel).
  static VideoVaeConfig read(const ConfigObject& config);
};

}  // namespace odsora
