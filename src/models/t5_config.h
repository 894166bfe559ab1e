// The sizes of a T5 v1.1 encoder, read from its config.json.
#pragma once

#include <cstdint>

#include "base/config_object.h"

namespace odsora {

struct T5Config {
  int64_t model_size = 0;  // d_model
  int64_t head_size = 0;   // d_kv
  int64_t heads = 0;
  int64_t feed_forward_size = 0;  // d_ff
  int layers = 0;
  int64_t vocabulary_size = 0;
  int64_t position_buckets = 32;
  int64_t longest_distance = 128;
  float epsilon = 1e-6F;

  int64_t attention_size() const { return heads * head_size; }

  /// Reads the fields of a published config.json. Throws Error(kBadModel) for a missing or impossible one, and for a
  /// T5 that is not v1.1 (feed_forward_proj other than gated-gelu).
  static T5Config read(const ConfigObject& config);
};

}  // namespace odsora
