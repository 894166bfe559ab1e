// One block of the T5 v1.1 encoder: attention with a bias of relative positions, then a gated feed-forward layer.
#pragma once

#include "models/t5_config.h"
#include "nn/bind_weights.h"
#include "nn/ops.h"
#include "weights/weight_scope.h"

namespace odsora {

struct T5Block {
  Tensor attention_norm;     // f32 [model]
  Linear query, key, value;  // [attention, model]
  Linear output;             // [model, attention]
  Tensor feed_forward_norm;  // f32 [model]
  Linear gate, up;           // wi_0 (through GELU) and wi_1, [feed_forward, model]
  Linear down;               // wo, [model, feed_forward]

  /// Throws Error(kBadModel) naming file, tensor, expected and found.
  static T5Block bind(const BindTarget& target, const WeightScope& scope, const T5Config& config);
};

/// states, the residual stream, f32 [tokens, model], in place; bias f32 [heads, tokens, tokens].
void run_block(Ops& ops, const T5Block& block, const T5Config& config, const Tensor& bias, Tensor& states);

}  // namespace odsora
