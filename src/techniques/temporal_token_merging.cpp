#include "techniques/temporal_token_merging.h"

#include <algorithm>
#include <cassert>

#include "base/error.h"

namespace odsora {
namespace {

bool holds(const CountedRange& range, int index) { return range.first <= index + 1 && index + 1 <= range.last; }

void check_range(const char* what, const CountedRange& range, int most) {
  const bool open = range.last == CountedRange::kEnd;
  if (range.first < 1 || range.first > std::min(range.last, most) || (range.last > most && !open)) {
    fail(ErrorCode::kInvalidArgument, "tdtm: expected ", what, " within 1 to ", most, ", found ", range.first, " to ",
         open ? std::string("the end") : std::to_string(range.last));
  }
}

// The groups of one item whose first frame is `start`.
void append_pairs(int start, int frames, TokenMerging::Rule rule, TokenMerge& merge) {
  const bool authors = rule == TokenMerging::Rule::kAuthors;
  for (int frame = 0; frame < frames; ++frame) {
    const bool joins = frame % 2 == 1 || (authors && frame > 0 && frame + 1 == frames);
    if (!joins) merge.groups.push_back({.first = start + frame, .count = frame + 1 < frames ? 2 : 1});
    merge.group_of_frame.push_back(static_cast<int32_t>(merge.groups.size()) - 1);
  }
}

}  // namespace

TokenMerge merge_pairs(int batch, int frames, TokenMerging::Rule rule) {
  TokenMerge merge;
  for (int item = 0; item < batch; ++item) append_pairs(item * frames, frames, rule, merge);
  const size_t merged_frames = merge.groups.size() / static_cast<size_t>(batch);
  for (size_t i = 0; i < merged_frames; ++i) {
    const FrameGroup& group = merge.groups[i];
    const float middle = static_cast<float>(group.first) + static_cast<float>(group.count - 1) / 2;
    merge.positions.push_back(rule == TokenMerging::Rule::kAuthors ? static_cast<float>(i) : middle);
  }
  return merge;
}

bool merges(const TokenMerging& merging, int step, int block) {
  return holds(merging.steps, step) && holds(merging.blocks, block);
}

bool merge_alike(const TokenMerging& merging, int step, int other) {
  return holds(merging.steps, step) == holds(merging.steps, other);
}

int merged_blocks(const TokenMerging& merging, int step, int blocks) {
  if (!holds(merging.steps, step)) return 0;
  return std::max(0, std::min(merging.blocks.last, blocks) - merging.blocks.first + 1);
}

void check_token_merging(const TokenMerging& merging, int steps, int blocks) {
  if (merging.steps.last < merging.steps.first) return;
  check_range("steps", merging.steps, steps);
  check_range("blocks", merging.blocks, blocks);
}

}  // namespace odsora
