#include "techniques/dynamic_loading.h"

#include <algorithm>
#include <cassert>
#include <cstddef>

namespace odsora {

std::optional<LoadPlan> plan_loading(const LoadPlanInputs& inputs) {
  assert(inputs.blocks >= 0 && inputs.slots >= 1);
  const auto blocks = static_cast<Bytes>(inputs.blocks);
  const Bytes fitting = inputs.block_bytes == 0 ? blocks : std::min(inputs.available / inputs.block_bytes, blocks);
  if (fitting == 0 && blocks > 0) return std::nullopt;

  LoadPlan plan;
  plan.blocks = inputs.blocks;
  if (fitting == blocks) {
    plan.pinned = inputs.blocks;
  } else {
    plan.slots = std::min(inputs.slots, static_cast<int>(fitting));
    plan.pinned = static_cast<int>(fitting) - plan.slots;
  }
  plan.is_pinned = spread_evenly(plan.blocks, plan.pinned);
  plan.peak_bytes = fitting * inputs.block_bytes;
  plan.bytes_per_pass = static_cast<Bytes>(plan.blocks - plan.pinned) * inputs.block_bytes;
  return plan;
}

Bytes least_loading_bytes(const LoadPlanInputs& inputs) { return inputs.blocks == 0 ? 0 : inputs.block_bytes; }

std::vector<bool> spread_evenly(int blocks, int pinned) {
  assert(0 <= pinned && pinned <= blocks);
  std::vector<bool> flags(static_cast<size_t>(blocks));
  for (int64_t i = 0; i < blocks; ++i) flags[static_cast<size_t>(i)] = (i + 1) * pinned / blocks > i * pinned / blocks;
  return flags;
}

bool needs_load(const std::vector<bool>& is_pinned, int64_t position) {
  const auto blocks = static_cast<int64_t>(is_pinned.size());
  return position < blocks || !is_pinned[static_cast<size_t>(position % blocks)];
}

Seconds saved_by_concurrent_inference(const BlockTimes& times) {
  return times.blocks * std::min(times.load, times.compute) - times.overhead;
}

Seconds saved_by_dynamic_loading(const BlockTimes& times, int pinned) {
  return times.blocks * std::min(times.load, times.compute) + pinned * std::max(0.0, times.load - times.compute) -
         times.overhead * (1 - static_cast<double>(pinned) / times.blocks);
}

Seconds seconds_per_pass(int blocks, int pinned, Seconds load, Seconds compute) {
  return std::max(blocks * compute, (blocks - pinned) * load);
}

int best_residency(int blocks, Seconds load, Seconds compute, int most) {
  for (int pinned = 0; pinned < most; ++pinned) {
    if ((blocks - pinned) * load <= blocks * compute) return pinned;
  }
  return most;
}

std::vector<Seconds> simulate_passes(const LoadSimulation& simulation) {
  const auto blocks = static_cast<int64_t>(simulation.is_pinned.size());
  std::vector<Seconds> used;     // when use number p ends
  std::vector<int64_t> slotted;  // uses that took a slot, in order
  std::vector<Seconds> passes;
  Seconds loader_free = 0;
  for (int64_t position = 0; position < blocks * simulation.passes; ++position) {
    const Seconds due = position == 0 ? 0 : used.back();
    Seconds ready = due;
    if (needs_load(simulation.is_pinned, position)) {
      Seconds begin = simulation.prefetch ? loader_free : std::max(loader_free, due);
      if (!simulation.is_pinned[static_cast<size_t>(position % blocks)]) {
        const size_t taken = slotted.size();
        const auto slots = static_cast<size_t>(simulation.slots);
        if (taken >= slots) begin = std::max(begin, used[static_cast<size_t>(slotted[taken - slots])]);
        if (position >= blocks) begin = std::max(begin, used[static_cast<size_t>(position - blocks)]);
        slotted.push_back(position);
      }
      loader_free = begin + simulation.load;
      ready = loader_free;
    }
    used.push_back(std::max(due, ready) + simulation.compute);
    if ((position + 1) % blocks == 0) {
      const Seconds before = position + 1 == blocks ? 0 : used[static_cast<size_t>(position - blocks)];
      passes.push_back(used.back() - before);
    }
  }
  return passes;
}

}  // namespace odsora
