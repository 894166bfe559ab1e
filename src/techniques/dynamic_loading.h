// CI-DL, concurrent inference with dynamic loading (On-device Sora, arXiv 2502.04363v2, appendices A.1 and B.2), as
// arithmetic: which blocks stay in memory, what that costs, and how long a pass takes. runtime/block_streamer.h acts.
//
// The paper's letters: b blocks, d of them kept, l seconds to load one, e seconds to compute one, alpha seconds that
// overlapping costs in a pass.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/units.h"

namespace odsora {

struct LoadPlanInputs {
  int blocks = 0;
  Bytes block_bytes = 0;  // in memory, of the largest block
  Bytes available = 0;    // for blocks, after all else that the phase needs
  int slots = 2;          // wished for: blocks in memory that are not kept, at least 1
};

struct LoadPlan {
  int blocks = 0;
  int pinned = 0;               // kept in memory
  int slots = 0;                // 0 when every block is kept
  std::vector<bool> is_pinned;  // [blocks]
  Bytes peak_bytes = 0;         // of all blocks at any time; never more than was available
  Bytes bytes_per_pass = 0;     // read in each pass after the first, if all blocks were as large as the largest
};

/// Keeps every block when all fit. Otherwise keeps as many as fit beside the slots, d = floor(available / w) - slots
/// for w bytes a block, spread over the pass. When memory is too small for the slots, nothing is kept and there are
/// fewer slots; nothing at all when it is too small for one block.
std::optional<LoadPlan> plan_loading(const LoadPlanInputs& inputs);

/// The least `available` that has a plan: one block.
Bytes least_loading_bytes(const LoadPlanInputs& inputs);

/// `pinned` of `blocks` flags are true, as far from each other as possible, the last block first: while they compute,
/// the others load. With them as a prefix the loader would fill its slots and then stand idle.
std::vector<bool> spread_evenly(int blocks, int pinned);

/// Whether a block must be loaded for use number `position` of the order 0, 1, … b - 1, 0, 1, …: each block in the
/// first pass, those that are not kept in every pass.
bool needs_load(const std::vector<bool>& is_pinned, int64_t position);

struct BlockTimes {
  int blocks = 0;        // b
  Seconds load = 0;      // l
  Seconds compute = 0;   // e
  Seconds overhead = 0;  // alpha
};

/// Eq. 10: seconds of a pass that loading concurrently saves over load, compute, load, compute …:
/// r = b min(l, e) - alpha.
Seconds saved_by_concurrent_inference(const BlockTimes& times);

/// Eq. 11: the same with d = `pinned` blocks kept: r = b min(l, e) + d max(0, l - e) - alpha (1 - d / b).
Seconds saved_by_dynamic_loading(const BlockTimes& times, int pinned);

/// No steady pass is faster, and one with spread blocks and two slots comes near: max(b e, (b - d) l).
Seconds seconds_per_pass(int blocks, int pinned, Seconds load, Seconds compute);

/// The fewest blocks to keep so that loading never holds a pass up, (b - d) l <= b e; or `most`, if more were needed.
int best_residency(int blocks, Seconds load, Seconds compute, int most);

struct LoadSimulation {
  std::vector<bool> is_pinned;  // [blocks]
  int slots = 2;                // at least 1, unless every block is pinned
  int passes = 2;
  Seconds load = 0;
  Seconds compute = 0;
  bool prefetch = true;  // false: each load begins when its block is due
};

/// Seconds of each pass of a streamer that follows these rules exactly: one loader, one consumer, loads in the order
/// of use, a slot taken from the beginning of a load to the end of the block's computation.
std::vector<Seconds> simulate_passes(const LoadSimulation& simulation);

}  // namespace odsora
