#include "runtime/workspace.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace odsora {
namespace {

TEST(Workspace, ReusesBlocksOfLikeSize) {
  Workspace workspace;
  const std::byte* first = nullptr;
  {
    const WorkspaceBlock block = workspace.allocate(100'000);
    first = block.data();
    EXPECT_EQ(reinterpret_cast<uintptr_t>(first) % Workspace::kAlignment, 0U);
    EXPECT_EQ(workspace.bytes_in_use(), 102'400U);  // whole pages
  }
  EXPECT_EQ(workspace.bytes_in_use(), 0U);
  EXPECT_EQ(workspace.allocate(95'000).data(), first);
  EXPECT_EQ(workspace.system_allocations(), 1U);
  EXPECT_NE(workspace.allocate(10'000).data(), first);  // would waste most of it
  EXPECT_EQ(workspace.system_allocations(), 2U);
  EXPECT_EQ(workspace.peak_bytes(), 102'400U + 12'288U);
  EXPECT_EQ(workspace.peak_in_use(), 102'400U);
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
  EXPECT_EQ(workspace.peak_bytes(), 81'920U);
  const WorkspaceBlock small = workspace.allocate(4096);
  EXPECT_EQ(workspace.peak_bytes(), 86'016U);
  workspace.set_capacity(0);
  const WorkspaceBlock again = workspace.allocate(4096);
  EXPECT_EQ(workspace.bytes_in_use(), 8192U);
  EXPECT_EQ(workspace.peak_bytes(), 86'016U);
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
