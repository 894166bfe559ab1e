#include "runtime/block_streamer.h"

#include <gtest/gtest.h>
#include <omp.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>

#include "support/expect_error.h"

namespace odsora {
namespace {

/// Counts blocks in memory, from the beginning of their load on.
struct Census {
  std::atomic<int> live{0};
  std::atomic<int> most{0};
  std::vector<int> loaded;  // written by the loader's thread; read when it has ended or waits

  void enter() {
    const int now = ++live;
    int before = most;
    while (before < now && !most.compare_exchange_weak(before, now)) {
    }
  }
};

struct LeaveCensus {
  void operator()(Census* census) const { --census->live; }
};

struct CountedBlock {
  int index;
  std::unique_ptr<Census, LeaveCensus> member_of;
};

CountedBlock load_counted(Census& census, int index) {
  census.enter();
  census.loaded.push_back(index);
  return {index, {&census, {}}};
}

void sleep_microseconds(int count) { std::this_thread::sleep_for(std::chrono::microseconds(count)); }

/// Waits until `count` loads have begun, and then long enough for another one to begin if it may.
void expect_loads_settle_at(const Census& census, int count) {
  while (census.live < count) sleep_microseconds(100);
  sleep_microseconds(20'000);
  EXPECT_EQ(census.live, count);
}

std::vector<bool> none_of(int blocks) { return std::vector<bool>(static_cast<size_t>(blocks), false); }

void use_pass(BlockSource<CountedBlock>& blocks, int count) {
  for (int i = 0; i < count; ++i) EXPECT_EQ(blocks.acquire(i)->index, i);
}

TEST(BlockStreamer, GivesEachBlockInOrderInEachPass) {
  Census census;
  {
    BlockStreamer<CountedBlock> streamer({.blocks = 3, .passes = 4, .pinned = none_of(3)},
                                         [&](int index) { return load_counted(census, index); });
    for (int pass = 0; pass < 4; ++pass) use_pass(streamer, 3);
    EXPECT_EQ(streamer.stats().loads, 12);
    EXPECT_EQ(streamer.stats().pinned, 0);
  }
  EXPECT_EQ(census.loaded, (std::vector<int>{0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2}));
  EXPECT_EQ(census.live, 0);
}

TEST(BlockStreamer, LoadsTheFirstBlockOfTheNextPassWhileTheLastOneIsInUse) {
  Census census;
  std::atomic<int> loads{0};
  BlockStreamer<CountedBlock> streamer({.blocks = 3, .passes = 2, .pinned = none_of(3), .slots = 2}, [&](int index) {
    ++loads;
    return load_counted(census, index);
  });
  use_pass(streamer, 2);
  {
    const auto last = streamer.acquire(2);
    while (loads < 4) sleep_microseconds(100);
    expect_loads_settle_at(census, 2);
  }
  use_pass(streamer, 3);
}

TEST(BlockStreamer, LoadsAPinnedBlockOnce) {
  Census census;
  {
    BlockStreamer<CountedBlock> streamer({.blocks = 4, .passes = 3, .pinned = {false, true, false, true}, .slots = 1},
                                         [&](int index) { return load_counted(census, index); });
    for (int pass = 0; pass < 3; ++pass) use_pass(streamer, 4);
    EXPECT_EQ(streamer.stats().pinned, 2);
  }
  EXPECT_EQ(census.loaded, (std::vector<int>{0, 1, 2, 3, 0, 2, 0, 2}));
  EXPECT_LE(census.most, 3);
}

TEST(BlockStreamer, WithAllBlocksPinnedNeedsNoSlot) {
  Census census;
  BlockStreamer<CountedBlock> streamer({.blocks = 2, .passes = 9, .pinned = {true, true}, .slots = 0},
                                       [&](int index) { return load_counted(census, index); });
  for (int pass = 0; pass < 9; ++pass) use_pass(streamer, 2);
  EXPECT_EQ(streamer.stats().loads, 2);
}

TEST(BlockStreamer, WithoutPrefetchLoadsOnlyWhatIsAskedFor) {
  Census census;
  BlockStreamer<CountedBlock> streamer({.blocks = 3, .passes = 2, .pinned = none_of(3), .slots = 3, .prefetch = false},
                                       [&](int index) { return load_counted(census, index); });
  streamer.open();
  expect_loads_settle_at(census, 0);
  for (int pass = 0; pass < 2; ++pass) {
    for (int i = 0; i < 3; ++i) {
      const auto block = streamer.acquire(i);
      if (pass == 0) expect_loads_settle_at(census, 1);
    }
  }
  EXPECT_EQ(census.most, 1);
}

TEST(BlockStreamer, BeforeOpenLoadsOnlyTheInitialSlots) {
  for (const bool pinned : {false, true}) {
    Census census;
    BlockStreamer<CountedBlock> streamer(
        {.blocks = 6, .passes = 1, .pinned = std::vector<bool>(6, pinned), .slots = 4, .initial_slots = 2},
        [&](int index) { return load_counted(census, index); });
    expect_loads_settle_at(census, 2);
    streamer.open();
    expect_loads_settle_at(census, pinned ? 6 : 4);
  }
}

TEST(BlockStreamer, AcquireImpliesOpen) {
  Census census;
  BlockStreamer<CountedBlock> streamer({.blocks = 3, .passes = 2, .pinned = none_of(3), .initial_slots = 0},
                                       [&](int index) { return load_counted(census, index); });
  expect_loads_settle_at(census, 0);
  use_pass(streamer, 3);
}

TEST(BlockStreamer, RefusesAnotherOrder) {
  Census census;
  BlockStreamer<CountedBlock> streamer({.blocks = 2, .passes = 1, .pinned = none_of(2)},
                                       [&](int index) { return load_counted(census, index); });
  expect_error(ErrorCode::kInternal, {"block 1", "out of order"}, [&] { streamer.acquire(1); });
  {
    const auto first = streamer.acquire(0);
    expect_error(ErrorCode::kInternal, {"block 1", "in use"}, [&] { streamer.acquire(1); });
  }
  streamer.acquire(1);
  expect_error(ErrorCode::kInternal, {"block 0", "use 2 of 2"}, [&] { streamer.acquire(0); });
}

TEST(BlockStreamer, RefusesOptionsThatContradictEachOther) {
  const auto make = [](BlockStreamOptions options) { BlockStreamer<int>(std::move(options), [](int i) { return i; }); };
  expect_error(ErrorCode::kInternal, {"1 block"}, [&] { make({.blocks = 0, .pinned = {}}); });
  expect_error(ErrorCode::kInternal, {"1 block"}, [&] { make({.blocks = -1, .pinned = {}}); });
  expect_error(ErrorCode::kInternal, {"2 pinned flags, found 1"}, [&] { make({.blocks = 2, .pinned = {true}}); });
  expect_error(ErrorCode::kInternal, {"1 slot"}, [&] { make({.blocks = 1, .pinned = {false}, .slots = 0}); });
}

TEST(BlockStreamer, ThrowsWhatALoadThrewAtAnyPositionAndFromThenOn) {
  constexpr int kBlocks = 4;
  constexpr int kPasses = 3;
  for (int bad = 0; bad < kBlocks * kPasses; ++bad) {
    for (const int slots : {1, 2, 5}) {
      Census census;
      {
        int loads = 0;
        BlockStreamer<CountedBlock> streamer(
            {.blocks = kBlocks, .passes = kPasses, .pinned = none_of(kBlocks), .slots = slots}, [&](int index) {
              if (loads++ == bad) throw std::domain_error("load " + std::to_string(bad));
              return load_counted(census, index);
            });
        int used = 0;
        try {
          for (; used <= bad; ++used) streamer.acquire(used % kBlocks);
          ADD_FAILURE() << "load " << bad << " did not fail";
        } catch (const std::domain_error& error) {
          EXPECT_EQ(error.what(), "load " + std::to_string(bad));
        }
        EXPECT_LE(used, bad);
        EXPECT_THROW(streamer.acquire(used % kBlocks), std::domain_error);
        EXPECT_THROW(streamer.acquire(0), std::domain_error);
      }
      EXPECT_EQ(census.live, 0);
    }
  }
}

TEST(BlockStreamer, ThrowsEvenWhatIsNoException) {
  BlockStreamer<int> streamer({.blocks = 1, .pinned = {true}}, [](int) -> int { throw 7; });
  EXPECT_THROW(streamer.acquire(0), int);
}

TEST(BlockStreamer, CanBeDestroyedAtAnyPosition) {
  for (int used = 0; used <= 9; ++used) {
    Census census;
    {
      BlockStreamer<CountedBlock> streamer({.blocks = 3, .passes = 3, .pinned = {false, true, false}},
                                           [&](int index) { return load_counted(census, index); });
      for (int i = 0; i < used; ++i) streamer.acquire(i % 3);
    }
    EXPECT_EQ(census.live, 0);
    EXPECT_LE(census.loaded.size(), 7U);
  }
}

TEST(BlockStreamer, LoadsOnOneThreadWithoutATeam) {
  std::vector<std::thread::id> threads;
  std::vector<int> team;
  {
    BlockStreamer<int> streamer({.blocks = 4, .passes = 2, .pinned = none_of(4)}, [&](int index) {
      threads.push_back(std::this_thread::get_id());
      team.push_back(omp_get_max_threads());
      return index;
    });
    for (int i = 0; i < 8; ++i) streamer.acquire(i % 4);
  }
  EXPECT_EQ(std::count(threads.begin(), threads.end(), threads.front()), 8);
  EXPECT_NE(threads.front(), std::this_thread::get_id());
  EXPECT_EQ(team, std::vector<int>(8, 1));
}

TEST(BlockStreamer, MeasuresLoadsAndWaiting) {
  std::vector<int> observed;
  Seconds latest = 0;
  const auto on_loaded = [&](int index, Seconds start_s, Seconds end_s) {
    observed.push_back(index);
    EXPECT_LE(latest, start_s);
    EXPECT_LE(start_s + 0.004, end_s);
    latest = end_s;
  };
  BlockStreamer<int> streamer(
      {.blocks = 2, .passes = 2, .pinned = {false, true}, .slots = 1, .prefetch = false},
      [](int index) {
        sleep_microseconds(5000);
        return index;
      },
      on_loaded);
  for (int i = 0; i < 4; ++i) streamer.acquire(i % 2);
  const StreamStats stats = streamer.stats();
  EXPECT_EQ(stats.loads, 3);
  EXPECT_GE(stats.load_s, 3 * 0.005);
  EXPECT_GE(stats.waited_s, 3 * 0.005 - 0.002);
  EXPECT_EQ(observed, (std::vector<int>{0, 1, 0}));
}

TEST(BlockStreamer, RandomPlansKeepTheLimitAndTheOrder) {
  std::mt19937 random(20250331);
  const auto draw = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); };
  for (int round = 0; round < 300; ++round) {
    BlockStreamOptions options{.blocks = draw(1, 9), .passes = draw(1, 4), .pinned = {}};
    for (int i = 0; i < options.blocks; ++i) options.pinned.push_back(draw(0, 2) == 0);
    options.slots = draw(1, 4);
    options.prefetch = draw(0, 4) > 0;
    options.initial_slots = draw(0, options.blocks);
    const int load_delay = draw(0, 200);
    const int use_delay = draw(0, 200);
    const int uses = draw(0, options.blocks * options.passes);
    const bool opens = draw(0, 1) == 1;
    SCOPED_TRACE(round);

    Census census;
    StreamStats stats;
    {
      BlockStreamer<CountedBlock> streamer(options, [&](int index) {
        CountedBlock block = load_counted(census, index);
        if (load_delay > 20) sleep_microseconds(load_delay);
        return block;
      });
      if (opens) streamer.open();
      for (int i = 0; i < uses; ++i) {
        const auto block = streamer.acquire(i % options.blocks);
        ASSERT_EQ(block->index, i % options.blocks);
        if (use_delay > 20) sleep_microseconds(use_delay);
      }
      stats = streamer.stats();
    }
    EXPECT_LE(census.most, options.slots + stats.pinned);
    EXPECT_EQ(census.live, 0);
    const auto pinned_loads = std::count_if(census.loaded.begin(), census.loaded.end(),
                                            [&](int i) { return options.pinned[static_cast<size_t>(i)]; });
    EXPECT_LE(pinned_loads, stats.pinned);
  }
}

}  // namespace
}  // namespace odsora
