#include "models/stdit3.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>
#include <utility>

#include "nn/bind_weights.h"
#include "nn/patches.h"
#include "nn/position.h"

namespace odsora {
namespace {

constexpr int64_t kSinusoidSize = 256;

StDit3Block bind_block_at(const BindTarget& target, const WeightScope& root, const StDit3Config& config, int index) {
  const WeightScope blocks = root / (index % 2 == 0 ? "spatial_blocks" : "temporal_blocks");
  return StDit3Block::bind(target, blocks / (index / 2), config);
}

}  // namespace

StDit3::StDit3(const WeightScope& root, const StDit3Config& config, const ModelHost& host)
    : config_(config), ops_(host.ops) {
  const BindTarget target = host.target();
  const int64_t hidden = config.hidden_size;
  const int64_t patch_area = config.patch.height * config.patch.width;
  const DType type = ops_.compute_type();
  const WeightScope text = root / "y_embedder";
  const WeightScope final_layer = root / "final_layer";
  null_text_ = text.read_f32("y_embedding", {config.max_text_tokens, config.caption_channels});
  rotary_frequencies_ = root.contains("rope.freqs") ? root.read_f32("rope.freqs", {config.head_size() / 2})
                                                    : rotary_frequencies(config.head_size());
  // What is computed for a few rows only, once a step, stays f32: it steers every token.
  patch_embedder_ = bind_patch_embedder(target, root / "x_embedder" / "proj");
  time_embedder_ = bind_embedder(target, root / "t_embedder" / "mlp");
  fps_embedder_ = bind_embedder(target, root / "fps_embedder" / "mlp");
  time_block_ = bind_linear(target, root / "t_block" / 1, {.inputs = hidden, .outputs = 6 * hidden}, DType::kF32);
  text_in_ = bind_linear(target, text / "y_proj" / "fc1", {.inputs = config.caption_channels, .outputs = hidden}, type);
  text_out_ = bind_linear(target, text / "y_proj" / "fc2", {.inputs = hidden, .outputs = hidden}, type);
  final_table_ = final_layer.read_f32("scale_shift_table", {2, hidden});
  final_linear_ = bind_linear(target, final_layer / "linear",
                              {.inputs = hidden, .outputs = patch_area * config.out_channels}, type);
  blocks_ = host.open_blocks<StDit3Block>(
      2 * config.depth, root, [config, &ops = host.ops](int index, const WeightScope& from, WeightMemory& memory) {
        return bind_block_at({ops, memory}, from, config, index);
      });
}

// A convolution whose window is its stride is a linear map of each patch.
Linear StDit3::bind_patch_embedder(const BindTarget& target, const WeightScope& scope) const {
  const PatchSize& patch = config_.patch;
  HostArray weight = scope.read("weight", {config_.hidden_size, config_.in_channels, 1, patch.height, patch.width});
  const int64_t inputs = config_.in_channels * patch.height * patch.width;
  weight.shape = {config_.hidden_size, inputs};
  return {.weight = ops_.pack_linear(weight, DType::kF32, target.memory),
          .bias = bind_tensor(target, scope, "bias", {config_.hidden_size}),
          .type = DType::kF32,
          .inputs = inputs,
          .outputs = config_.hidden_size};
}

StDit3::SinusoidEmbedder StDit3::bind_embedder(const BindTarget& target, const WeightScope& scope) const {
  const int64_t hidden = config_.hidden_size;
  return {bind_linear(target, scope / 0, {.inputs = kSinusoidSize, .outputs = hidden}, DType::kF32),
          bind_linear(target, scope / 2, {.inputs = hidden, .outputs = hidden}, DType::kF32)};
}

TextCondition StDit3::prepare_text(std::span<const HostTensor> texts, const Probe& probe) {
  TextCondition condition;
  condition.keys_values.resize(static_cast<size_t>(2 * config_.depth));
  for (size_t first = 0; first < texts.size();) {
    const int64_t tokens = texts[first].dim(0);
    size_t end = first;
    HostTensor stacked({0, tokens, config_.caption_channels}, {});
    while (end < texts.size() && texts[end].dim(0) == tokens) {
      stacked.values.insert(stacked.values.end(), texts[end].values.begin(), texts[end].values.end());
      ++end;
    }
    const auto items = static_cast<int64_t>(end - first);
    stacked.shape[0] = items;
    const Tensor raw = ops_.upload(stacked, ops_.compute_type());  // [items, tokens, caption]
    const Tensor hidden = ops_.linear(raw, text_in_, ops_.compute_type(), Activation::kGeluTanh);
    Tensor states = ops_.linear(hidden, text_out_, ops_.compute_type(), Activation::kNone)
                        .reshaped({items, 1, tokens, config_.hidden_size});
    show(probe, "y", states);
    condition.groups.push_back({static_cast<int64_t>(first), items, std::move(states)});
    first = end;
  }
  return condition;
}

HostTensor StDit3::null_text(int64_t tokens) const {
  assert(tokens <= config_.max_text_tokens);
  const auto count = static_cast<ptrdiff_t>(tokens * config_.caption_channels);
  return {{tokens, config_.caption_channels}, {null_text_.values.begin(), null_text_.values.begin() + count}};
}

HostTensor StDit3::forward(const StDit3Inputs& inputs, const Probe& probe) {
  const Conditions conditions = this->conditions(inputs);
  show(probe, "t", conditions.vector);
  show(probe, "t_mlp", conditions.time);

  std::vector<float> positions(static_cast<size_t>(inputs.latent.dim(2)));
  std::iota(positions.begin(), positions.end(), 0.0F);
  const Tensor rotation = ops_.upload(rotation_table(positions, rotary_frequencies_), DType::kF32);
  TokenMerge merge;
  Tensor merged_rotation;
  if (merged_blocks(inputs.merging, inputs.step, config_.depth) > 0) {
    merge = merge_pairs(static_cast<int>(inputs.latent.dim(0)), static_cast<int>(inputs.latent.dim(2)),
                        inputs.merging.rule);
    merged_rotation = ops_.upload(rotation_table(merge.positions, rotary_frequencies_), DType::kF32);
  }

  Tensor x = embed_patches(inputs, probe);  // f32 [batch, frames, patches, C]
  for (int index = 0; index < 2 * config_.depth; ++index) {
    const bool temporal = index % 2 == 1;
    const std::string name = (temporal ? "temporal" : "spatial") + std::to_string(index / 2);
    const Probe inner = [&](std::string_view value, const Tensor& seen) {
      show(probe, name + "." + std::string(value), seen);
    };
    const bool merged = merges(inputs.merging, inputs.step, index / 2);
    const BlockLease<StDit3Block> block = blocks_->acquire(index);
    run_block(ops_, *block,
              {.config = config_,
               .time = conditions.time,
               .row_of_frame = conditions.row_of_frame,
               .token_axis = temporal ? 1 : 2,
               .rotation = temporal ? &(merged ? merged_rotation : rotation) : nullptr,
               .merge = merged ? &merge : nullptr,
               .text = inputs.text,
               .index = index,
               .probe = inner},
              x);
    show(probe, name, x);
  }
  const HostTensor patches = final_layer(std::move(x), conditions, probe);
  return join_patches(patches, config_.patch, {inputs.latent.dim(3), inputs.latent.dim(4)});
}

Tensor StDit3::embed(const SinusoidEmbedder& embedder, std::span<const float> values) const {
  const Tensor waves = ops_.upload(sinusoids(values, kSinusoidSize), DType::kF32);
  const Tensor hidden = ops_.linear(waves, embedder.first, DType::kF32, Activation::kSilu);
  return ops_.linear(hidden, embedder.second, DType::kF32, Activation::kNone);  // [rows, C]
}

// Row b holds batch item b at its own timestep; with frames held fixed, row batch + b holds it at timestep 0.
StDit3::Conditions StDit3::conditions(const StDit3Inputs& inputs) const {
  const auto batch = static_cast<size_t>(inputs.latent.dim(0));
  const auto frames = static_cast<size_t>(inputs.latent.dim(2));
  const auto fixed = [&](size_t frame) { return !inputs.frame_moves.empty() && inputs.frame_moves[frame] == 0; };

  Conditions result;
  result.batch = inputs.latent.dim(0);
  result.row_of_frame.resize(batch * frames);
  for (size_t i = 0; i < result.row_of_frame.size(); ++i) {
    result.row_of_frame[i] = static_cast<int32_t>(i / frames + (fixed(i) ? batch : 0));
  }
  std::vector<float> timesteps(inputs.timesteps.begin(), inputs.timesteps.end());
  std::vector<float> fps(inputs.fps.begin(), inputs.fps.end());
  if (!inputs.frame_moves.empty()) {
    timesteps.resize(2 * batch, 0.0F);
    fps.insert(fps.end(), inputs.fps.begin(), inputs.fps.end());
  }
  result.vector = embed(time_embedder_, timesteps);
  ops_.add(result.vector, embed(fps_embedder_, fps));
  const auto rows = static_cast<int64_t>(timesteps.size());
  result.time = ops_.linear(ops_.silu(result.vector), time_block_, DType::kF32, Activation::kNone)
                    .reshaped({rows, 6, config_.hidden_size});
  return result;
}

Tensor StDit3::embed_patches(const StDit3Inputs& inputs, const Probe& probe) const {
  const Tensor patches = ops_.upload(cut_patches(inputs.latent, config_.patch), DType::kF32);
  Tensor x = ops_.linear(patches, patch_embedder_, DType::kF32, Activation::kNone);  // [batch, frames, patches, C]
  show(probe, "x_embedder", x);
  const int64_t rows = (inputs.latent.dim(3) + config_.patch.height - 1) / config_.patch.height;
  const float scale = std::sqrt(inputs.pixel_height * inputs.pixel_width) / config_.input_size;
  const Tensor positions = ops_.upload(
      patch_positions({.rows = rows, .columns = x.dim(2) / rows, .scale = scale}, config_.hidden_size), DType::kF32);
  show(probe, "pos_emb", positions);
  ops_.add(x, positions);
  show(probe, "x_after_pos", x);
  return x;
}

// A trait of the reference that its weights were trained with: in the final layer, frames held fixed are normed and
// modulated as all others first, and then once more with the vectors of timestep 0.
void StDit3::modulate_held_frames(Tensor& frames, const Tensor& vectors, const Conditions& conditions) const {
  const int64_t per_item = frames.dim(0) / conditions.batch;
  for (int64_t frame = 0; frame < frames.dim(0); ++frame) {
    const std::vector<int32_t> moving_row = {static_cast<int32_t>(frame / per_item)};
    if (conditions.row_of_frame[static_cast<size_t>(frame)] == moving_row[0]) continue;
    Tensor held = frames.slice(frame, 1);
    ops_.assign(held, ops_.layer_norm_modulate(held, {vectors, moving_row}, 0, 1, kStDit3NormEpsilon));
  }
}

HostTensor StDit3::final_layer(Tensor x, const Conditions& conditions, const Probe& probe) const {
  // shift and scale = the layer's own table + the condition vector itself, for each row of conditions.
  const HostTensor vector = ops_.download(conditions.vector);  // [rows, C]
  const int64_t rows = vector.dim(0), hidden = config_.hidden_size;
  HostTensor shift_scale({rows, 2, hidden});
  for (int64_t i = 0; i < shift_scale.count(); ++i) {
    const int64_t row = i / (2 * hidden);
    shift_scale.data()[i] = final_table_.data()[i % (2 * hidden)] + vector.data()[row * hidden + i % hidden];
  }
  const Tensor vectors = ops_.upload(shift_scale, DType::kF32);
  Tensor frames = x.view({x.dim(0) * x.dim(1), x.dim(2), hidden});
  modulate_held_frames(frames, vectors, conditions);
  const Tensor normed = ops_.layer_norm_modulate(frames, {vectors, conditions.row_of_frame}, 0, 1, kStDit3NormEpsilon);
  Tensor values = ops_.linear(normed, final_linear_, DType::kF32, Activation::kNone);
  show(probe, "final_layer", values);
  return ops_.download(std::move(values).reshaped({x.dim(0), x.dim(1), x.dim(2), final_linear_.outputs}));
}

}  // namespace odsora
