// TDTM, Temporal Dimension Token Merging (On-device Sora, arXiv 2502.04363v2, section 5), as arithmetic: which steps
// and blocks merge, and which frames become one. models/stdit3.h acts.
//
// Attention sees the mean of two consecutive frames (eqs. 6-7) and its result goes to both (eqs. 8-9).
#pragma once

#include <cstdint>
#include <vector>

#include "odsora/odsora.h"

namespace odsora {

/// Consecutive frames that attention sees as one, their mean.
struct FrameGroup {
  int32_t first = 0;
  int32_t count = 1;
};

/// How the frames of a batch are merged. Frames are counted through the batch, item after item.
struct TokenMerge {
  std::vector<FrameGroup> groups;       // [batch * merged frames]
  std::vector<int32_t> group_of_frame;  // [batch * frames]: whose result each frame takes
  std::vector<float> positions;         // [merged frames]: in time, in frames, for rotary embedding
};

/// Pairs (0, 1), (2, 3), … of each item's frames. With Rule::kMean a pair's position is its mean and the last of an odd
/// number of frames stays alone. With Rule::kAuthors positions count 0, 1, 2, …, and the last of an odd number of
/// frames is in no mean and takes the result of the pair before it.
TokenMerge merge_pairs(int batch, int frames, TokenMerging::Rule rule);

/// Whether attention merges in this step and in this pair of blocks, both from 0.
bool merges(const TokenMerging& merging, int step, int block);

/// Whether two steps merge alike, so that their velocities can be compared.
bool merge_alike(const TokenMerging& merging, int step, int other);

/// How many of `blocks` pairs of blocks merge in this step, from 0.
int merged_blocks(const TokenMerging& merging, int step, int blocks);

/// Throws Error(kInvalidArgument) unless no step merges, or steps and blocks lie within 1 to `steps` and 1 to `blocks`.
void check_token_merging(const TokenMerging& merging, int steps, int blocks);

}  // namespace odsora
