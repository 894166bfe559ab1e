// Where given frames go and how far they may change: Open-Sora's mask strategies, "0,0,0,0,1,0;0,1,0,-1,1".
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/host_tensor.h"

namespace odsora {

/// A run of latent frames of a reference that is put into a clip.
struct FramePlacement {
  int clip = 0;                                   // from 0
  int reference = 0;                              // from 0
  int64_t reference_start = 0, target_start = 0;  // latent frames; negative ones count from the end
  int64_t length = 1;                             // latent frames, as far as there are so many
  float edit_ratio = 0;                           // 0: the frames stay; else they join the path at time 1000 · ratio
  /// Starts are moved to the nearest of these, since chunks of that many latent frames are coded together; 1: not
  /// moved.
  int64_t alignment = 1;
};

/// Groups of up to six fields, "clip, reference, reference start, target start, length, edit ratio", which stand for
/// 0,0,0,0,1,0 where they are left out. `alignment` becomes that of each. Throws Error(kInvalidArgument) that names
/// the group: for a field that is no number, a clip or reference that is not there, a length below 1, and an edit ratio
/// outside 0 … 1.
struct MaskStrategyLimits {
  int clips = 1;
  int references = 0;
  int64_t alignment = 1;
};
std::vector<FramePlacement> parse_mask_strategy(std::string_view strategy, const MaskStrategyLimits& limits);

/// A placement between a reference and a clip of so many latent frames: starts counted from 0, aligned, and inside;
/// the length is what both have, at least 1.
FramePlacement placed_within(const FramePlacement& placement, int64_t reference_frames, int64_t clip_frames);

/// Copies the frames that placed_within() gave from a reference [channels, frames, height, width] into
/// z [1, channels, frames, height, width], and notes in the mask [frames] how they move (conditioning_mask.h).
void place_frames(const FramePlacement& placed, const HostTensor& reference, HostTensor& z, std::vector<float>& mask);

}  // namespace odsora
