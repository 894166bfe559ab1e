// One block of STDiT3: attention over space or over time, attention to the text, a feed-forward layer.
//
// Spatial and temporal blocks are the same type; which axis is mixed is one of the inputs.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/stdit3_config.h"
#include "nn/bind_weights.h"
#include "nn/ops.h"
#include "nn/probe.h"
#include "weights/weight_scope.h"

namespace odsora {

/// Of every norm of the transformer.
constexpr float kStDit3NormEpsilon = 1e-6F;

struct StDit3Block {
  Tensor scale_shift_table;  // f32 [6, C]: shift, scale, gate of attention, then of the feed-forward layer
  Linear qkv;                // [3C, C]
  Tensor query_norm;         // f32 [head_size]; empty without head norm
  Tensor key_norm;
  Linear projection;        // attn.proj [C, C]
  Linear cross_query;       // cross_attn.q_linear [C, C]
  Linear cross_key_value;   // cross_attn.kv_linear [2C, C]
  Linear cross_projection;  // cross_attn.proj [C, C]
  Linear mlp_in;            // mlp.fc1 [mlp, C]
  Linear mlp_out;           // mlp.fc2 [C, mlp]

  /// Throws Error(kBadModel) naming file, tensor, expected and found.
  static StDit3Block bind(const BindTarget& target, const WeightScope& scope, const StDit3Config& config);
};

/// A run of batch items whose texts have the same number of tokens.
struct TextGroup {
  int64_t first_item = 0;
  int64_t items = 0;
  Tensor states;  // projected text, compute type [items, 1, tokens, C]
};

/// The text as the blocks attend to it. Keys and values do not depend on the step, so each block computes its own
/// once per video, at its first use, and finds them here afterwards.
struct TextCondition {
  std::vector<TextGroup> groups;
  /// [block][group] compute type [items, 1, tokens, 2C]; block 2i is spatial block i, 2i + 1 temporal block i.
  std::vector<std::vector<Tensor>> keys_values;
};

struct StDit3BlockInputs {
  const StDit3Config& config;
  const Tensor& time;                     // f32 [rows, 6, C]: t_block's output for each row of conditions
  std::span<const int32_t> row_of_frame;  // [batch * frames]
  int token_axis = 2;                     // 2: over patches (spatial), 1: over frames (temporal)
  const Tensor* rotation = nullptr;       // f32 [frames that attention sees, head_size / 2, 2]; null for spatial blocks
  const TokenMerge* merge = nullptr;      // frames that attention sees as one; null: it sees each of them
  TextCondition& text;
  int index = 0;  // of this block in text.keys_values
  const Probe& probe;
};

/// x, the residual stream, f32 [batch, frames, patches, C], in place. Probes: "attn", "cross_attn".
void run_block(Ops& ops, const StDit3Block& block, const StDit3BlockInputs& inputs, Tensor& x);

}  // namespace odsora
