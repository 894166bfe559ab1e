#include "models/t5_config.h"

#include "base/error.h"

namespace odsora {

T5Config T5Config::read(const ConfigObject& config) {
  if (config.text_or("feed_forward_proj", "gated-gelu") != "gated-gelu") {
    config.reject("feed_forward_proj", "gated-gelu (T5 v1.1)");
  }
  const T5Config result = {
      .model_size = config.integer("d_model", {1, 65536}),
      .head_size = config.integer("d_kv", {1, 1024}),
      .heads = config.integer("num_heads", {1, 1024}),
      .feed_forward_size = config.integer("d_ff", {1, 1 << 20}),
      .layers = config.integer("num_layers", {1, 1024}),
      .vocabulary_size = config.integer("vocab_size", {1, 1 << 24}),
      .position_buckets = config.integer_or("relative_attention_num_buckets", 32, {4, 4096}),
      .longest_distance = config.integer_or("relative_attention_max_distance", 128, {2, 1 << 20}),
      .epsilon = static_cast<float>(config.number_or("layer_norm_epsilon", 1e-6, {0.0, 1.0})),
  };
  // Distances up to a quarter of the buckets have one each; the others share the rest by their logarithm.
  const int64_t exact_distances = result.position_buckets / 4;
  if (result.longest_distance <= exact_distances) {
    config.reject("relative_attention_max_distance",
                  join("more than a quarter of relative_attention_num_buckets (", exact_distances, ")"));
  }
  return result;
}

}  // namespace odsora
