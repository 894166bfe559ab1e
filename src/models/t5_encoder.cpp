#include "models/t5_encoder.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "nn/bind_weights.h"

namespace odsora {
namespace {

T5Block bind_block(const BindTarget& target, const WeightScope& block, const T5Config& config) {
  const DType type = target.ops.compute_type();
  const int64_t model = config.model_size;
  const int64_t attention = config.attention_size();
  const int64_t feed_forward = config.feed_forward_size;
  const auto linear = [&](const WeightScope& scope, int64_t inputs, int64_t outputs) {
    return bind_linear(target, scope, {.inputs = inputs, .outputs = outputs, .bias = Bias::kNone}, type);
  };
  const WeightScope self_attention = block / "layer" / 0;
  const WeightScope mlp = block / "layer" / 1;
  return {
      .attention_norm = bind_tensor(target, self_attention / "layer_norm", "weight", {model}),
      .query = linear(self_attention / "SelfAttention" / "q", model, attention),
      .key = linear(self_attention / "SelfAttention" / "k", model, attention),
      .value = linear(self_attention / "SelfAttention" / "v", model, attention),
      .output = linear(self_attention / "SelfAttention" / "o", attention, model),
      .feed_forward_norm = bind_tensor(target, mlp / "layer_norm", "weight", {model}),
      .gate = linear(mlp / "DenseReluDense" / "wi_0", model, feed_forward),
      .up = linear(mlp / "DenseReluDense" / "wi_1", model, feed_forward),
      .down = linear(mlp / "DenseReluDense" / "wo", feed_forward, model),
  };
}

}  // namespace

T5Config T5Config::read(const ConfigObject& config) {
  if (config.text_or("feed_forward_proj", "gated-gelu") != "gated-gelu") {
    config.reject("feed_forward_proj", "gated-gelu (T5 v1.1)");
  }
  return {
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
}

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
        return bind_block({ops, memory}, from / "encoder" / "block" / index, config);
      });
}

HostTensor T5Encoder::encode(std::span<const int32_t> ids, const Probe& probe) {
  Tensor states = embed(ids);  // [tokens, model]
  show(probe, "hidden_states.0", states);
  const Tensor bias = position_bias(static_cast<int64_t>(ids.size()));  // [heads, tokens, tokens]
  for (int i = 0; i < config_.layers; ++i) {
    const BlockLease<T5Block> block = blocks_->acquire(i);
    run_block(*block, bias, states);
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
  HostTensor bias({config_.heads, tokens, tokens});
  for (int64_t query = 0; query < tokens; ++query) {
    for (int64_t key = 0; key < tokens; ++key) {
      const int64_t bucket = relative_position_bucket(key - query, config_.position_buckets, config_.longest_distance);
      for (int64_t head = 0; head < config_.heads; ++head) {
        bias.data()[(head * tokens + query) * tokens + key] =
            relative_attention_bias_.data()[bucket * config_.heads + head];
      }
    }
  }
  return ops_.upload(bias, DType::kF32);
}

void T5Encoder::run_block(const T5Block& block, const Tensor& bias, Tensor& states) const {
  const DType type = ops_.compute_type();
  const int64_t tokens = states.dim(0);
  const Shape projection = {1, 1, tokens, config_.attention_size()};
  {
    const Tensor normed = ops_.rms_norm(states, block.attention_norm, config_.epsilon, type);  // [tokens, model]
    const Tensor query = ops_.linear(normed, block.query, type, Activation::kNone).reshaped(projection);
    const Tensor key = ops_.linear(normed, block.key, type, Activation::kNone).reshaped(projection);
    const Tensor value = ops_.linear(normed, block.value, type, Activation::kNone).reshaped(projection);
    const Tensor mixed = ops_.attention({.query = {query},  // T5 does not scale its scores
                                         .key = {key},
                                         .value = {value},
                                         .heads = config_.heads,
                                         .bias = &bias});  // [1, 1, tokens, attention]
    ops_.add(states, ops_.linear(mixed, block.output, DType::kF32, Activation::kNone).reshaped(states.shape()));
  }
  const Tensor normed = ops_.rms_norm(states, block.feed_forward_norm, config_.epsilon, type);  // [tokens, model]
  Tensor hidden = ops_.linear(normed, block.gate, type, Activation::kGeluTanh);  // [tokens, feed_forward]
  ops_.multiply(hidden, ops_.linear(normed, block.up, type, Activation::kNone));
  ops_.add(states, ops_.linear(hidden, block.down, DType::kF32, Activation::kNone));
}

}  // namespace odsora
