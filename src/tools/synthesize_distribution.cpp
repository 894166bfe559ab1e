#include "tools/synthesize_distribution.h"

#include <cmath>

#include "base/error.h"
#include "nn/position.h"

namespace odsora {
namespace {

constexpr float kEmbeddingDeviation = 1.0F;
constexpr float kPositionBiasDeviation = 0.1F;
constexpr float kNormDeviation = 0.02F;
constexpr float kBiasDeviation = 0.02F;
constexpr float kFinalDeviation = 0.02F;  // of the denoiser's last layer: the velocity stays of the size of the noise

Distribution around_zero(float deviation) { return {.mean = 0, .deviation = deviation, .exact = {}}; }
Distribution exactly(std::vector<float> values) { return {.mean = 0, .deviation = 0, .exact = std::move(values)}; }

float inverse_root(int64_t value) { return 1.0F / std::sqrt(static_cast<float>(value)); }

Distribution usual_distribution(const TensorInfo& tensor) {
  if (tensor.name.ends_with(".bias")) return around_zero(kBiasDeviation);
  if (!tensor.name.ends_with(".weight") || tensor.shape.empty()) {
    fail(ErrorCode::kInternal, "tensor ", tensor.name, ": no rule says from which distribution it is drawn");
  }
  if (tensor.shape.size() == 1) return {.mean = 1, .deviation = kNormDeviation, .exact = {}};
  const int64_t inputs = element_count(tensor.shape) / tensor.shape[0];
  return around_zero(inverse_root(inputs));
}

}  // namespace

Distribution text_encoder_distribution(const TensorInfo& tensor, const T5Config& config) {
  if (tensor.name == "shared.weight") return around_zero(kEmbeddingDeviation);
  if (tensor.name.ends_with("relative_attention_bias.weight")) return around_zero(kPositionBiasDeviation);
  // T5 does not divide its scores by the root of the head's size: the queries are that much smaller.
  if (tensor.name.ends_with("SelfAttention.q.weight")) {
    return around_zero(inverse_root(config.model_size * config.head_size));
  }
  return usual_distribution(tensor);
}

Distribution transformer_distribution(const TensorInfo& tensor, const StDit3Config& config) {
  if (tensor.name == "rope.freqs") return exactly(rotary_frequencies(config.head_size()).values);
  if (tensor.name == "y_embedder.y_embedding") return around_zero(kEmbeddingDeviation);
  if (tensor.name == "final_layer.linear.weight") return around_zero(kFinalDeviation);
  if (tensor.name.ends_with("scale_shift_table")) return around_zero(inverse_root(config.hidden_size));
  if (tensor.name.ends_with("q_norm.weight") || tensor.name.ends_with("k_norm.weight")) {
    return {.mean = 1, .deviation = 0, .exact = {}};
  }
  return usual_distribution(tensor);
}

Distribution vae_distribution(const TensorInfo& tensor, const VideoVaeConfig& config) {
  if (tensor.name == "scale") return exactly(config.scale);
  if (tensor.name == "shift") return exactly(config.shift);
  return usual_distribution(tensor);
}

}  // namespace odsora
