// The encoder of T5 v1.1 (Raffel et al. 2020; Shazeer 2020 for the gated feed-forward): tokens become text states.
//
// It runs on exactly the tokens of one prompt. Padding and masking it would give the same states: positions are
// relative and padded keys are masked out.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "models/t5_block.h"
#include "models/t5_config.h"
#include "nn/model_host.h"
#include "nn/probe.h"
#include "weights/weight_scope.h"

namespace odsora {

/// The bucket of a relative position (key minus query), as in T5's bidirectional attention.
int64_t relative_position_bucket(int64_t relative_position, int64_t buckets, int64_t longest_distance);

class T5Encoder {
 public:
  /// Binds the weights in `root`; the host's parts and the source of `root` must live longer. Throws Error(kBadModel).
  T5Encoder(const WeightScope& root, const T5Config& config, const ModelHost& host);

  /// ids [tokens] → states f32 [tokens, model]. Throws Error(kBadModel) for an id outside the vocabulary: the
  /// tokeniser does not belong to this encoder.
  HostTensor encode(std::span<const int32_t> ids, const Probe& probe = {});

 private:
  Tensor embed(std::span<const int32_t> ids) const;
  Tensor position_bias(int64_t tokens) const;

  WeightScope root_;
  T5Config config_;
  Ops& ops_;
  std::string embedding_name_;          // the token table stays on disk: a prompt needs a few of its rows
  HostTensor relative_attention_bias_;  // [buckets, heads]
  std::unique_ptr<BlockSource<T5Block>> blocks_;
  Tensor final_norm_;  // f32 [model]
};

}  // namespace odsora
