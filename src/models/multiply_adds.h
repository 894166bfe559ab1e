// How much arithmetic a model needs, counted in multiply-adds of products and convolutions: for forecasts of time.
#pragma once

#include <cstdint>

#include "models/stdit3_config.h"
#include "models/vae_config.h"

namespace odsora {

struct ClipSize {
  int64_t frames = 0;  // of pixels
  int64_t latent_frames = 0;
  int64_t latent_height = 0;
  int64_t latent_width = 0;
};

/// One guided evaluation (a batch of two), keys and values of the text left out. In `merged_blocks` of the pairs of
/// blocks attention sees pairs of frames.
double stdit3_multiply_adds(const StDit3Config& config, const ClipSize& clip, int64_t text_tokens,
                            int merged_blocks = 0);

/// Decoding the whole clip.
double vae_decode_multiply_adds(const VideoVaeConfig& config, const ClipSize& clip);

/// Encoding the whole clip.
double vae_encode_multiply_adds(const VideoVaeConfig& config, const ClipSize& clip);

}  // namespace odsora
