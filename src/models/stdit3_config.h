// The sizes of an STDiT3, read from its config.json.
#pragma once

#include <cstdint>

#include "base/config_object.h"
#include "nn/patches.h"

namespace odsora {

struct StDit3Config {
  int depth = 0;            // pairs of a spatial and a temporal block
  int64_t hidden_size = 0;  // C
  int64_t heads = 0;
  int64_t mlp_size = 0;  // mlp_ratio * C
  PatchSize patch;       // of latent pixels; one frame deep
  int64_t in_channels = 0;
  int64_t out_channels = 0;      // 2 * in_channels when it also predicts an (unused) variance
  int64_t caption_channels = 0;  // of the text states
  int64_t max_text_tokens = 0;
  float input_size = 512.0F;  // input_sq_size: side of the picture for which positions are not stretched
  bool head_norm = true;      // qk_norm

  int64_t head_size() const { return hidden_size / heads; }

  /// Throws Error(kBadModel) naming file, key, expected and found.
  static StDit3Config read(const ConfigObject& config);
};

}  // namespace odsora
