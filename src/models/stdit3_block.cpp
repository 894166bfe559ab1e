#include "models/stdit3_block.h"

#include <cmath>

namespace odsora {
namespace {

// The places of the six vectors in scale_shift_table and t_block's output.
enum ModulationPart { kAttentionShift, kAttentionScale, kAttentionGate, kMlpShift, kMlpScale, kMlpGate };

float score_scale(const StDit3Config& config) { return 1.0F / std::sqrt(static_cast<float>(config.head_size())); }

// [batch * frames, patches, C], a view.
Tensor frames_of(const Tensor& x) { return x.view({x.dim(0) * x.dim(1), x.dim(2), x.dim(3)}); }

// Which of the frames that attention saw each frame takes its result from.
std::span<const int32_t> source_frames(const StDit3BlockInputs& inputs) {
  if (inputs.merge == nullptr) return {};
  return inputs.merge->group_of_frame;
}

void self_attention(Ops& ops, const StDit3Block& block, const StDit3BlockInputs& inputs, const Modulation& modulation,
                    Tensor& x) {
  const DType type = ops.compute_type();
  const StDit3Config& config = inputs.config;
  Tensor frames = frames_of(x);
  Tensor normed = ops.layer_norm_modulate(frames, modulation, kAttentionShift, kAttentionScale, kStDit3NormEpsilon);
  if (inputs.merge != nullptr) normed = ops.merge_frames(normed, inputs.merge->groups);
  const int64_t seen_frames = normed.dim(0) / x.dim(0);
  Tensor qkv = ops.linear(normed, block.qkv, type, Activation::kNone)
                   .reshaped({x.dim(0), seen_frames, x.dim(2), 3 * config.hidden_size});
  ops.norm_rotate_heads(qkv, {.heads = config.heads,
                              .query_weight = config.head_norm ? &block.query_norm : nullptr,
                              .key_weight = config.head_norm ? &block.key_norm : nullptr,
                              .epsilon = kStDit3NormEpsilon,
                              .rotation = inputs.rotation});
  const Tensor mixed = ops.attention({.query = {qkv, 0, 3},
                                      .key = {qkv, 1, 3},
                                      .value = {qkv, 2, 3},
                                      .heads = config.heads,
                                      .token_axis = inputs.token_axis,
                                      .scale = score_scale(config)});  // [batch, seen frames, patches, C]
  const Tensor output = ops.linear(mixed, block.projection, type, Activation::kNone).reshaped(normed.shape());
  show(inputs.probe, "attn", output);
  ops.gate_add(frames, {output, source_frames(inputs)}, modulation, kAttentionGate);
}

void cross_attention(Ops& ops, const StDit3Block& block, const StDit3BlockInputs& inputs, Tensor& x) {
  const DType type = ops.compute_type();
  const StDit3Config& config = inputs.config;
  Tensor frames = frames_of(x);
  const Tensor seen = inputs.merge == nullptr ? ops.convert(frames, type)
                                              : ops.merge_frames(frames, inputs.merge->groups);  // [seen frames, …]
  const int64_t tokens = seen.rows() / x.dim(0);
  const Tensor query =
      ops.linear(seen, block.cross_query, type, Activation::kNone).reshaped({x.dim(0), 1, tokens, config.hidden_size});
  std::vector<Tensor>& keys_values = inputs.text.keys_values[static_cast<size_t>(inputs.index)];
  if (keys_values.empty()) {
    for (const TextGroup& group : inputs.text.groups) {
      keys_values.push_back(ops.linear(group.states, block.cross_key_value, type, Activation::kNone));
    }
  }
  for (size_t g = 0; g < inputs.text.groups.size(); ++g) {
    const TextGroup& group = inputs.text.groups[g];
    const Tensor queries = query.slice(group.first_item, group.items);  // [items, 1, tokens, C]
    const Tensor mixed = ops.attention({.query = {queries},
                                        .key = {keys_values[g], 0, 2},
                                        .value = {keys_values[g], 1, 2},
                                        .heads = config.heads,
                                        .scale = score_scale(config)});
    const Tensor output = ops.linear(mixed, block.cross_projection, type, Activation::kNone);
    show(inputs.probe, "cross_attn", output);
    // The items of a batch are merged alike, so those of a group are found as the first ones are.
    Tensor items = frames_of(x.slice(group.first_item, group.items));
    const auto source = source_frames(inputs);
    ops.add_frames(items, {output.view({output.rows() / x.dim(2), x.dim(2), config.hidden_size}),
                           source.empty() ? source : source.first(static_cast<size_t>(items.dim(0)))});
  }
}

void feed_forward(Ops& ops, const StDit3Block& block, const Modulation& modulation, const Probe& probe, Tensor& x) {
  const DType type = ops.compute_type();
  Tensor frames = frames_of(x);
  const Tensor normed = ops.layer_norm_modulate(frames, modulation, kMlpShift, kMlpScale, kStDit3NormEpsilon);
  const Tensor hidden = ops.linear(normed, block.mlp_in, type, Activation::kGeluTanh);
  const Tensor output = ops.linear(hidden, block.mlp_out, type, Activation::kNone);
  show(probe, "mlp", output);
  ops.gate_add(frames, {output}, modulation, kMlpGate);
}

}  // namespace

StDit3Block StDit3Block::bind(const BindTarget& target, const WeightScope& scope, const StDit3Config& config) {
  const int64_t hidden = config.hidden_size;
  const WeightScope attention = scope / "attn";
  const WeightScope cross = scope / "cross_attn";
  const WeightScope mlp = scope / "mlp";
  const auto linear = [&](const WeightScope& at, int64_t inputs, int64_t outputs) {
    return bind_linear(target, at, {.inputs = inputs, .outputs = outputs}, target.ops.compute_type());
  };
  const auto head_norm = [&](const char* name) {
    return config.head_norm ? bind_tensor(target, attention / name, "weight", {config.head_size()}) : Tensor();
  };
  return {
      .scale_shift_table = bind_tensor(target, scope, "scale_shift_table", {6, hidden}),
      .qkv = linear(attention / "qkv", hidden, 3 * hidden),
      .query_norm = head_norm("q_norm"),
      .key_norm = head_norm("k_norm"),
      .projection = linear(attention / "proj", hidden, hidden),
      .cross_query = linear(cross / "q_linear", hidden, hidden),
      .cross_key_value = linear(cross / "kv_linear", hidden, 2 * hidden),
      .cross_projection = linear(cross / "proj", hidden, hidden),
      .mlp_in = linear(mlp / "fc1", hidden, config.mlp_size),
      .mlp_out = linear(mlp / "fc2", config.mlp_size, hidden),
  };
}

void run_block(Ops& ops, const StDit3Block& block, const StDit3BlockInputs& inputs, Tensor& x) {
  // (shift, scale, gate) × (attention, feed-forward) = time + the block's own table.
  Tensor vectors = ops.empty(DType::kF32, inputs.time.shape());  // [rows, 6, C]
  ops.assign(vectors, inputs.time);
  ops.add(vectors, block.scale_shift_table);
  const Modulation modulation = {vectors, inputs.row_of_frame};
  self_attention(ops, block, inputs, modulation, x);
  cross_attention(ops, block, inputs, x);
  feed_forward(ops, block, modulation, inputs.probe, x);
}

}  // namespace odsora
