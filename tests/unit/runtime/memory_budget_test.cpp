#include "runtime/memory_budget.h"

#include <gtest/gtest.h>

#include <atomic>
#include <limits>
#include <thread>
#include <utility>
#include <vector>

#include "support/expect_error.h"

namespace odsora {
namespace {

constexpr Bytes kMostBytes = std::numeric_limits<Bytes>::max();

TEST(MemoryBudget, GrantsUpToTheLimitAndTakesBack) {
  MemoryBudget budget(1000);
  {
    const MemoryLease weights = budget.reserve(600, "weights");
    EXPECT_EQ(weights.bytes(), 600U);
    EXPECT_EQ(budget.free(), 400U);
    const MemoryLease rest = budget.reserve(400, "frames");
    EXPECT_EQ(budget.in_use(), 1000U);
    EXPECT_EQ(budget.free(), 0U);
    EXPECT_FALSE(budget.try_reserve(1, "more"));
    EXPECT_TRUE(budget.try_reserve(0, "none"));
  }
  EXPECT_EQ(budget.in_use(), 0U);
  EXPECT_EQ(budget.peak(), 1000U);
  EXPECT_EQ(budget.limit(), 1000U);
  EXPECT_TRUE(budget.try_reserve(1000, "all"));
}

TEST(MemoryBudget, TheErrorSaysWhatIsAskedWhoHoldsHowMuchAndWhatWouldDo) {
  MemoryBudget budget(4'000'000'000);
  const MemoryLease frames = budget.reserve(200'000'000, "frames");
  const MemoryLease weights = budget.reserve(3'300'000'000, "weights of the text encoder");
  expect_error(ErrorCode::kMemory,
               {"cannot take 2.10 GB more for activations", "the memory limit of 4.00 GB has 500 MB free",
                "in use: weights of the text encoder 3.30 GB, frames 200 MB)", "at least 5.61 GB would be needed"},
               [&] { budget.reserve(2'100'000'001, "activations"); });
  EXPECT_EQ(budget.in_use(), 3'500'000'000U);
  EXPECT_EQ(budget.peak(), 3'500'000'000U);
  EXPECT_TRUE(budget.try_reserve(500'000'000, "activations"));
}

TEST(MemoryBudget, NoAmountIsTooLargeToRefuse) {
  MemoryBudget budget(1000);
  const MemoryLease some = budget.reserve(10, "some");
  expect_error(ErrorCode::kMemory, {"18446744.07 TB more"}, [&] { budget.reserve(kMostBytes, "all"); });
  MemoryBudget unlimited(kMostBytes);
  const MemoryLease all = unlimited.reserve(kMostBytes, "all");
  EXPECT_FALSE(unlimited.try_reserve(1, "one more"));
}

TEST(MemoryBudget, DescribesTheLargestFirstAndOneNameOnce) {
  MemoryBudget budget(1'000'000);
  EXPECT_EQ(budget.describe(), "nothing");
  const MemoryLease first_slot = budget.reserve(40'000, "slots");
  MemoryLease activations = budget.reserve(50'000, "activations");
  const MemoryLease nothing = budget.reserve(0, "nothing yet");
  EXPECT_EQ(budget.describe(), "activations 50 kB, slots 40 kB");
  const MemoryLease second_slot = budget.reserve(40'000, "slots");
  EXPECT_EQ(budget.describe(), "slots 80 kB, activations 50 kB");
  activations.resize(0);
  EXPECT_EQ(budget.describe(), "slots 80 kB");
}

TEST(MemoryLease, ResizesAndKeepsWhatItHeldWhenRefused) {
  MemoryBudget budget(1000);
  MemoryLease lease = budget.reserve(0, "buffer");
  lease.resize(700);
  EXPECT_EQ(budget.in_use(), 700U);
  lease.resize(300);
  EXPECT_EQ(budget.in_use(), 300U);
  expect_error(ErrorCode::kMemory, {"701 B more for buffer", "buffer 300 B"}, [&] { lease.resize(1001); });
  EXPECT_EQ(lease.bytes(), 300U);
  EXPECT_EQ(budget.in_use(), 300U);
  lease.resize(1000);
  EXPECT_EQ(budget.peak(), 1000U);
}

TEST(MemoryLease, MovingKeepsOneOwner) {
  MemoryBudget budget(1000);
  MemoryLease first = budget.reserve(100, "first");
  MemoryLease moved = std::move(first);
  EXPECT_EQ(first.bytes(), 0U);
  EXPECT_EQ(moved.bytes(), 100U);
  EXPECT_EQ(budget.in_use(), 100U);

  moved = budget.reserve(250, "second");  // the first is given back
  EXPECT_EQ(budget.describe(), "second 250 B");
  MemoryLease& itself = moved;
  moved = std::move(itself);
  EXPECT_EQ(moved.bytes(), 250U);
  moved = MemoryLease();
  EXPECT_EQ(budget.in_use(), 0U);
}

TEST(MemoryLease, MovesBetweenBudgets) {
  MemoryBudget one(100);
  MemoryBudget other(100);
  MemoryLease lease = one.reserve(60, "a");
  lease = other.reserve(70, "b");
  EXPECT_EQ(one.in_use(), 0U);
  EXPECT_EQ(other.in_use(), 70U);
}

TEST(MemoryBudget, ManyThreadsNeverHoldMoreThanTheLimit) {
  constexpr Bytes kLimit = 10'000;
  constexpr int kThreads = 4;
  constexpr int kRounds = 3000;
  MemoryBudget budget(kLimit);
  std::atomic<Bytes> held{0};
  std::atomic<int> too_much{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      const std::string name = "thread " + std::to_string(t % 2);
      for (int round = 0; round < kRounds; ++round) {
        const Bytes bytes = static_cast<Bytes>(round * 37 + t * 101) % 4000;
        std::optional<MemoryLease> lease = budget.try_reserve(bytes, name);
        if (!lease) continue;
        if (held.fetch_add(bytes) + bytes > kLimit) ++too_much;
        held.fetch_sub(bytes);
        lease->resize(bytes / 2);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(too_much, 0);
  EXPECT_EQ(budget.in_use(), 0U);
  EXPECT_EQ(budget.describe(), "nothing");
  EXPECT_GE(budget.peak(), 3900U);
  EXPECT_LE(budget.peak(), kLimit);
}

}  // namespace
}  // namespace odsora
