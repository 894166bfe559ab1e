#include "models/t5_block.h"

namespace odsora {

T5Block T5Block::bind(const BindTarget& target, const WeightScope& scope, const T5Config& config) {
  const DType type = target.ops.compute_type();
  const int64_t model = config.model_size;
  const int64_t attention = config.attention_size();
  const int64_t feed_forward = config.feed_forward_size;
  const auto linear = [&](const WeightScope& at, int64_t inputs, int64_t outputs) {
    return bind_linear(target, at, {.inputs = inputs, .outputs = outputs, .bias = Bias::kNone}, type);
  };
  const WeightScope self_attention = scope / "layer" / 0;
  const WeightScope mlp = scope / "layer" / 1;
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

void run_block(Ops& ops, const T5Block& block, const T5Config& config, const Tensor& bias, Tensor& states) {
  const DType type = ops.compute_type();
  const int64_t tokens = states.dim(0);
  const Shape projection = {1, 1, tokens, config.attention_size()};
  {
    const Tensor normed = ops.rms_norm(states, block.attention_norm, config.epsilon, type);  // [tokens, model]
    const Tensor query = ops.linear(normed, block.query, type, Activation::kNone).reshaped(projection);
    const Tensor key = ops.linear(normed, block.key, type, Activation::kNone).reshaped(projection);
    const Tensor value = ops.linear(normed, block.value, type, Activation::kNone).reshaped(projection);
    const Tensor mixed = ops.attention({.query = {query},  // T5 does not scale its scores
                                        .key = {key},
                                        .value = {value},
                                        .heads = config.heads,
                                        .bias = &bias});  // [1, 1, tokens, attention]
    ops.add(states, ops.linear(mixed, block.output, DType::kF32, Activation::kNone).reshaped(states.shape()));
  }
  const Tensor normed = ops.rms_norm(states, block.feed_forward_norm, config.epsilon, type);  // [tokens, model]
  Tensor hidden = ops.linear(normed, block.gate, type, Activation::kGeluTanh);                // [tokens, feed_forward]
  ops.multiply(hidden, ops.linear(normed, block.up, type, Activation::kNone));
  ops.add(states, ops.linear(hidden, block.down, DType::kF32, Activation::kNone));
}

}  // namespace odsora
