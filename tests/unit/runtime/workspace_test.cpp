#include "runtime/workspace.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include "runtime/pages.h"

namespace odsora {
namespace {

constexpr size_t kPage = 4096;
constexpr size_t kHuge = kHugePageBytes;

size_t into_huge_page(const WorkspaceBlock& block) { return reinterpret_cast<uintptr_t>(block.data()) % kHuge; }

TEST(Workspace, ReusesBlocks) {
  Workspace workspace;
  const std::byte* first = nullptr;
  {
    const WorkspaceBlock block = workspace.allocate(100'000);
    first = block.data();
    EXPECT_EQ(reinterpret_cast<uintptr_t>(first) % Workspace::kAlignment, 0U);
    EXPECT_EQ(workspace.bytes_in_use(), 102'400U);  // whole pages
  }
  EXPECT_EQ(workspace.bytes_in_use(), 0U);
  EXPECT_EQ(workspace.allocate(100'000).data(), first);
  EXPECT_EQ(workspace.system_allocations(), 1U);
  EXPECT_EQ(workspace.peak_bytes(), 102'400U);
  EXPECT_EQ(workspace.peak_in_use(), 102'400U);
}

TEST(Workspace, SplitsFreeMemoryAndJoinsItAgain) {
  Workspace workspace;
  { const WorkspaceBlock block = workspace.allocate(10 * kPage); }
  WorkspaceBlock small = workspace.allocate(2 * kPage), middle = workspace.allocate(3 * kPage),
                 large = workspace.allocate(5 * kPage);
  EXPECT_EQ(workspace.peak_bytes(), 10 * kPage);
  middle = {};
  small = {};
  large = {};
  const WorkspaceBlock whole = workspace.allocate(10 * kPage);
  EXPECT_EQ(workspace.peak_bytes(), 10 * kPage);
}

TEST(Workspace, TakesTheSmallestPieceThatFits) {
  Workspace workspace;
  WorkspaceBlock large = workspace.allocate(9 * kPage), small = workspace.allocate(3 * kPage);
  large = {};
  small = {};
  const WorkspaceBlock two = workspace.allocate(2 * kPage), nine = workspace.allocate(9 * kPage);
  EXPECT_EQ(workspace.peak_bytes(), 12 * kPage);
}

TEST(Workspace, LargeBlocksBeginWithAHugePage) {
  Workspace workspace;
  { const WorkspaceBlock block = workspace.allocate(4 * kHuge); }
  const WorkspaceBlock small = workspace.allocate(kPage), first = workspace.allocate(kHuge + kPage),
                       second = workspace.allocate(kHuge);
  EXPECT_EQ(into_huge_page(first), 0U);
  EXPECT_EQ(into_huge_page(second), 0U);
  EXPECT_EQ(workspace.peak_bytes(), 4 * kHuge);
}

TEST(Workspace, MovingKeepsOneOwner) {
  Workspace workspace;
  WorkspaceBlock first = workspace.allocate(4096);
  WorkspaceBlock second = std::move(first);
  EXPECT_EQ(first.data(), nullptr);
  EXPECT_EQ(workspace.bytes_in_use(), 4096U);
  second = workspace.allocate(8192);
  EXPECT_EQ(workspace.bytes_in_use(), 8192U);
}

TEST(Workspace, HoldsNoMoreThanItsCapacity) {
  Workspace workspace;
  workspace.set_capacity(100'000);
  { const WorkspaceBlock block = workspace.allocate(61'440); }
  { const WorkspaceBlock block = workspace.allocate(81'920); }  // the free one has to go
  EXPECT_LE(workspace.peak_bytes(), 100'000U);
  const WorkspaceBlock small = workspace.allocate(4096);
  workspace.set_capacity(0);
  const WorkspaceBlock again = workspace.allocate(4096);
  EXPECT_EQ(workspace.bytes_in_use(), 8192U);
  EXPECT_LE(workspace.peak_bytes(), 100'000U);
}

TEST(Workspace, KeepsWhatTheCapacityAllows) {
  Workspace workspace;
  workspace.set_capacity(8 * kHuge);
  { const WorkspaceBlock block = workspace.allocate(6 * kHuge); }
  WorkspaceBlock large = workspace.allocate(7 * kHuge);  // of which none was free in one piece
  EXPECT_EQ(workspace.peak_bytes(), 8 * kHuge);
  const WorkspaceBlock kept = workspace.allocate(kHuge);
  EXPECT_EQ(workspace.peak_bytes(), 8 * kHuge);
}

// As much as was in use suffices, in whatever pieces memory has been cut.
TEST(Workspace, NeedsNoMoreThanThePeakInUse) {
  std::mt19937 random(1);
  std::vector<size_t> sizes(300);
  std::generate(sizes.begin(), sizes.end(), [&] { return random() % (random() % 4 == 0 ? 3 * kHuge : 40 * kPage); });
  const auto work = [&](Workspace& workspace) {
    std::mt19937 places(2);
    std::vector<WorkspaceBlock> blocks(12);
    for (const size_t size : sizes) {
      WorkspaceBlock& block = blocks[places() % blocks.size()];
      block = {};
      block = workspace.allocate(size);
      block.data()[0] = block.data()[std::max<size_t>(size, 1) - 1] = std::byte{1};
    }
  };
  Workspace unlimited;
  work(unlimited);
  Workspace limited;
  limited.set_capacity(unlimited.peak_in_use());
  work(limited);
  EXPECT_EQ(limited.peak_bytes(), unlimited.peak_in_use());
  EXPECT_EQ(limited.bytes_in_use(), 0U);
}

TEST(Workspace, ReleaseUnusedForgetsFreeBlocks) {
  Workspace workspace;
  { const WorkspaceBlock block = workspace.allocate(4096); }
  workspace.release_unused();
  const WorkspaceBlock again = workspace.allocate(8192);
  EXPECT_EQ(workspace.peak_bytes(), 8192U);
}

}  // namespace
}  // namespace odsora
