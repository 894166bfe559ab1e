#include "techniques/dynamic_loading.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>

namespace odsora {
namespace {

std::vector<bool> prefix(int blocks, int pinned) {
  std::vector<bool> flags(static_cast<size_t>(blocks));
  std::fill(flags.begin(), flags.begin() + pinned, true);
  return flags;
}

TEST(PlanLoading, KeepsWhatFitsBesideTheSlots) {
  const auto plan = plan_loading({.blocks = 28, .block_bytes = 100, .available = 1650, .slots = 2});
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ(plan->pinned, 14);
  EXPECT_EQ(plan->slots, 2);
  EXPECT_EQ(plan->is_pinned, spread_evenly(28, 14));
  EXPECT_EQ(plan->peak_bytes, 1600U);
  EXPECT_EQ(plan->bytes_per_pass, 1400U);
}

TEST(PlanLoading, KeepsEverythingFromTheByteOnAtWhichItFits) {
  LoadPlanInputs inputs{.blocks = 28, .block_bytes = 100, .available = 2800};
  for (const Bytes available : {Bytes{2800}, Bytes{2801}, std::numeric_limits<Bytes>::max()}) {
    inputs.available = available;
    const auto plan = plan_loading(inputs);
    EXPECT_EQ(plan->pinned, 28);
    EXPECT_EQ(plan->slots, 0);
    EXPECT_EQ(plan->peak_bytes, 2800U);
    EXPECT_EQ(plan->bytes_per_pass, 0U);
  }
  inputs.available = 2799;
  EXPECT_EQ(plan_loading(inputs)->pinned, 25);
}

TEST(PlanLoading, TakesFewerSlotsBeforeItGivesUp) {
  LoadPlanInputs inputs{.blocks = 5, .block_bytes = 100, .available = 299, .slots = 3};
  EXPECT_EQ(plan_loading(inputs)->slots, 2);
  EXPECT_EQ(plan_loading(inputs)->pinned, 0);
  inputs.available = least_loading_bytes(inputs);
  EXPECT_EQ(plan_loading(inputs)->slots, 1);
  --inputs.available;
  EXPECT_FALSE(plan_loading(inputs).has_value());
}

TEST(PlanLoading, PlansNothingForNothing) {
  EXPECT_EQ(plan_loading({.blocks = 0, .block_bytes = 100, .available = 0})->peak_bytes, 0U);
  EXPECT_EQ(least_loading_bytes({.blocks = 0, .block_bytes = 100, .available = 0}), 0U);
  EXPECT_EQ(plan_loading({.blocks = 3, .block_bytes = 0, .available = 0})->pinned, 3);
}

TEST(PlanLoading, NeverPlansMoreThanIsAvailable) {
  std::mt19937_64 random(1);
  const auto draw = [&](Bytes low, Bytes high) { return std::uniform_int_distribution<Bytes>(low, high)(random); };
  for (int round = 0; round < 20'000; ++round) {
    const Bytes scale = round % 2 == 0 ? 50 : std::numeric_limits<Bytes>::max() / 40;
    const LoadPlanInputs inputs{.blocks = static_cast<int>(draw(1, 40)),
                                .block_bytes = draw(1, scale),
                                .available = draw(0, scale * 40),
                                .slots = static_cast<int>(draw(1, 5))};
    const auto plan = plan_loading(inputs);
    ASSERT_EQ(plan.has_value(), inputs.available >= least_loading_bytes(inputs));
    if (!plan) continue;
    ASSERT_LE(plan->peak_bytes, inputs.available);
    ASSERT_EQ(plan->peak_bytes, static_cast<Bytes>(plan->pinned + plan->slots) * inputs.block_bytes);
    ASSERT_EQ(std::count(plan->is_pinned.begin(), plan->is_pinned.end(), true), plan->pinned);
    ASSERT_TRUE(plan->slots >= 1 || plan->pinned == plan->blocks);
    ASSERT_LE(plan->slots, inputs.slots);
    // Memory for one block more would have been used.
    const bool room = inputs.available - plan->peak_bytes >= inputs.block_bytes;
    ASSERT_TRUE(!room || plan->pinned == plan->blocks);
  }
}

TEST(SpreadEvenly, KeepsGapsWithinOne) {
  EXPECT_EQ(spread_evenly(4, 2), (std::vector<bool>{false, true, false, true}));
  EXPECT_EQ(spread_evenly(3, 0), std::vector<bool>(3, false));
  EXPECT_EQ(spread_evenly(3, 3), std::vector<bool>(3, true));
  EXPECT_TRUE(spread_evenly(0, 0).empty());
  for (int blocks = 1; blocks <= 40; ++blocks) {
    for (int pinned = 1; pinned <= blocks; ++pinned) {
      const std::vector<bool> flags = spread_evenly(blocks, pinned);
      ASSERT_EQ(std::count(flags.begin(), flags.end(), true), pinned);
      ASSERT_TRUE(flags.back());  // so the gap that wraps around is the one before the first
      int shortest = blocks, longest = 0, last = -1;
      for (int i = 0; i < blocks; ++i) {
        if (!flags[static_cast<size_t>(i)]) continue;
        shortest = std::min(shortest, i - last);
        longest = std::max(longest, i - last);
        last = i;
      }
      ASSERT_LE(longest - shortest, 1);
    }
  }
}

TEST(NeedsLoad, OfAPinnedBlockInTheFirstPassOnly) {
  const std::vector<bool> is_pinned{false, true};
  EXPECT_TRUE(needs_load(is_pinned, 0));
  EXPECT_TRUE(needs_load(is_pinned, 1));
  EXPECT_TRUE(needs_load(is_pinned, 2));
  EXPECT_FALSE(needs_load(is_pinned, 3));
}

TEST(PaperTiming, Equation10) {
  EXPECT_DOUBLE_EQ(saved_by_concurrent_inference({.blocks = 28, .load = 0.25, .compute = 1, .overhead = 1}), 6);
  EXPECT_DOUBLE_EQ(saved_by_concurrent_inference({.blocks = 28, .load = 2, .compute = 1}), 28);
}

TEST(PaperTiming, Equation11) {
  const BlockTimes slow_disk{.blocks = 28, .load = 2, .compute = 1, .overhead = 3};
  EXPECT_DOUBLE_EQ(saved_by_dynamic_loading(slow_disk, 0), saved_by_concurrent_inference(slow_disk));
  EXPECT_DOUBLE_EQ(saved_by_dynamic_loading(slow_disk, 14), 28 + 14 - 1.5);
  EXPECT_DOUBLE_EQ(saved_by_dynamic_loading(slow_disk, 28), 28 * 2);
  const BlockTimes fast_disk{.blocks = 4, .load = 0.5, .compute = 1};
  EXPECT_DOUBLE_EQ(saved_by_dynamic_loading(fast_disk, 2), 2);
}

TEST(Residency, IsTheFewestBlocksThatHideLoading) {
  EXPECT_EQ(best_residency(28, 2, 1, 28), 14);
  EXPECT_EQ(best_residency(28, 2, 1, 10), 10);
  EXPECT_EQ(best_residency(28, 1, 1, 28), 0);
  EXPECT_EQ(best_residency(28, 0, 1, 28), 0);
  EXPECT_EQ(best_residency(28, 1, 0, 28), 28);
  EXPECT_EQ(best_residency(3, 1.01, 1, 3), 1);
  EXPECT_DOUBLE_EQ(seconds_per_pass(28, best_residency(28, 2, 1, 28), 2, 1), 28);
}

// 28 blocks, half of them kept, loading twice as slow as computing. Spread, every load hides: 28 e. With a prefix the
// paper's model gives b (l + e) - r = 42 e.
TEST(SimulatePasses, SpreadBlocksHideWhatAPrefixCannot) {
  LoadSimulation simulation{.is_pinned = spread_evenly(28, 14), .slots = 2, .passes = 6, .load = 2, .compute = 1};
  EXPECT_DOUBLE_EQ(simulate_passes(simulation).back(), 28);
  EXPECT_DOUBLE_EQ(seconds_per_pass(28, 14, 2, 1), 28);

  const Seconds paper = 28 * 3 - saved_by_dynamic_loading({.blocks = 28, .load = 2, .compute = 1}, 14);
  EXPECT_DOUBLE_EQ(paper, 42);
  simulation.is_pinned = prefix(28, 14);
  const Seconds with_prefix = simulate_passes(simulation).back();
  EXPECT_GE(with_prefix, 39);
  EXPECT_LE(with_prefix, paper);
}

TEST(SimulatePasses, KnowsTheSimpleCases) {
  // Nothing overlaps with one slot, or without prefetch; two slots hide the shorter of both; kept blocks never load.
  LoadSimulation simulation{.is_pinned = prefix(4, 0), .slots = 1, .passes = 3, .load = 2, .compute = 3};
  EXPECT_EQ(simulate_passes(simulation), (std::vector<Seconds>{20, 20, 20}));
  simulation.slots = 2;
  EXPECT_EQ(simulate_passes(simulation), (std::vector<Seconds>{14, 12, 12}));
  simulation.prefetch = false;
  EXPECT_EQ(simulate_passes(simulation), (std::vector<Seconds>{20, 20, 20}));
  simulation.is_pinned = prefix(4, 4);
  EXPECT_EQ(simulate_passes(simulation), (std::vector<Seconds>{20, 12, 12}));
  simulation.prefetch = true;
  simulation.slots = 0;
  EXPECT_EQ(simulate_passes(simulation), (std::vector<Seconds>{14, 12, 12}));
  simulation.load = 4;
  EXPECT_EQ(simulate_passes(simulation), (std::vector<Seconds>{19, 12, 12}));
}

TEST(SimulatePasses, WithMoreSlotsThanBlocksABlockIsNotLoadedWhileItComputes) {
  const LoadSimulation simulation{.is_pinned = {false}, .slots = 3, .passes = 2, .load = 2, .compute = 3};
  EXPECT_EQ(simulate_passes(simulation), (std::vector<Seconds>{5, 5}));
}

TEST(SimulatePasses, SpreadIsNeverWorseThanAPrefixAndNeverBetterThanTheBound) {
  std::mt19937 random(4);
  const auto draw = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); };
  for (int round = 0; round < 3000; ++round) {
    const int blocks = draw(2, 32);
    const int pinned = draw(0, blocks - 1);
    // Quarters of a second, so that sums are exact.
    LoadSimulation simulation{.is_pinned = spread_evenly(blocks, pinned),
                              .slots = draw(1, 4),
                              .passes = 60,
                              .load = draw(1, 40) / 4.0,
                              .compute = draw(1, 40) / 4.0};
    const auto steady = [&] {
      const std::vector<Seconds> passes = simulate_passes(simulation);
      Seconds sum = 0;
      for (size_t i = 30; i < 60; ++i) sum += passes[i];
      return sum / 30;
    };
    const Seconds spread = steady();
    simulation.is_pinned = prefix(blocks, pinned);
    const Seconds leading = steady();
    ASSERT_LE(spread, leading + 1e-9) << blocks << " blocks, " << pinned << " pinned, " << simulation.slots
                                      << " slots, load " << simulation.load << ", compute " << simulation.compute;
    ASSERT_GE(spread, seconds_per_pass(blocks, pinned, simulation.load, simulation.compute) - 1e-9);
  }
}

}  // namespace
}  // namespace odsora
