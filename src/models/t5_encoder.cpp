#include "models/t5_encoder.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "nn/bind_weights.h"

namespace odsora {

int64_t relative_position_bucket(int64_t relative_position, int64_t buckets, int64_t longest_distance) {
  const int64_t half = buckets / 2;  // one half for keys before the query, one for keys after it
  const int64_t exact = half / 2;    // near distances have a bucket each, far ones share logarithmic buckets
  const int64_t side = relative_position > 0 ? half : 0;
  const int64_t distance = std::abs(relative_position);
  if (distance < exact) return side + distance;
  // In f32, in the order of the original, so that the borders fall on the same distances.
  const float position = std::log(static_cast<float>(distance) / static_cast<float>(exact)) /
                         std::log(static_cast<float>(longest_distance) / static_cast<float>(exact)) *
                         static_cast<float>(half - exact);
  return side + std::min(half - 1, exact + static_cast<int64_t>(position));
}

T5Encoder::T5Encoder(const WeightScope& root, const T5Config& config, const ModelHost& host)
    : root_(root), config_(config), ops_(host.ops) {
  const WeightScope encoder = root / "encoder";
  const WeightScope relative_attention_bias =
      encoder / "block" / 0 / "layer" / 0 / "SelfAttention" / "relative_attention_bias";
  embedding_name_ = root.first_present({"shared.weight", "encoder.embed_tokens.weight"});
  root.require(embedding_name_, {config.vocabulary_size, config.model_size});
  relative_attention_bias_ = relative_attention_bias.read_f32("weight", {config.position_buckets, config.heads});
  final_norm_ = bind_tensor(host.target(), encoder / "final_layer_norm", "weight", {config.model_size});
  blocks_ = host.open_blocks<T5Block>(
      config.layers, root, [config, &ops = host.ops](int index, const WeightScope& from, WeightMemory& memory) {
        return T5Block::bind({ops, memory}, from / "encoder" / "block" / index, config);
      });
}

HostTensor T5Encoder::encode(std::span<const int32_t> ids, const Probe& probe) {
  Tensor states = embed(ids);  // [tokens, model]
  show(probe, "hidden_states.0", states);
  const Tensor bias = position_bias(static_cast<int64_t>(ids.size()));  // [heads, tokens, tokens]
  for (int i = 0; i < config_.layers; ++i) {
    const BlockLease<T5Block> block = blocks_->acquire(i);
    run_block(ops_, *block, config_, bias, states);
    if (i + 1 < config_.layers) show(probe, "hidden_states." + std::to_string(i + 1), states);
  }
  // The last norm's result leaves the encoder, so it stays f32 whatever the compute type.
  return ops_.download(ops_.rms_norm(states, final_norm_, config_.epsilon, DType::kF32));
}

Tensor T5Encoder::embed(std::span<const int32_t> ids) const {
  const Shape table = {config_.vocabulary_size, config_.model_size};
  HostTensor rows({static_cast<int64_t>(ids.size()), config_.model_size}, {});
  for (const int32_t id : ids) {
    if (id < 0 || id >= config_.vocabulary_size) {
      fail(ErrorCode::kBadModel, root_.file_of(embedding_name_), ": ", embedding_name_, ": the tokeniser gave id ", id,
           ", but the table has ", config_.vocabulary_size, " rows");
    }
    const HostTensor row = root_.read_rows_f32(embedding_name_, table, id, 1);
    rows.values.insert(rows.values.end(), row.values.begin(), row.values.end());
  }
  return ops_.upload(rows, DType::kF32);
}

Tensor T5Encoder::position_bias(int64_t tokens) const {
  std::vector<int64_t> buckets;  // of each distance, from 1 - tokens on
  for (int64_t distance = 1 - tokens; distance < tokens; ++distance) {
    buckets.push_back(relative_position_bucket(distance, config_.position_buckets, config_.longest_distance));
  }
  HostTensor bias({config_.heads, tokens, tokens});
  float* value = bias.data();
  for (int64_t head = 0; head < config_.heads; ++head) {
    for (int64_t query = 0; query < tokens; ++query) {
      for (int64_t key = 0; key < tokens; ++key) {
        const int64_t bucket = buckets[static_cast<size_t>(key - query + tokens - 1)];
        *value++ = relative_attention_bias_.data()[bucket * config_.heads + head];
      }
    }
  }
  return ops_.upload(bias, DType::kF32);
}

}  // namespace odsora
