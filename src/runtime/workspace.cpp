#include "runtime/workspace.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "runtime/pages.h"

namespace odsora {
namespace {

// What the system hands out at the least: blocks are whole pages, so that giving one back gives memory back.
constexpr size_t kPageBytes = 4096;

}  // namespace

WorkspaceBlock::WorkspaceBlock(WorkspaceBlock&& other) noexcept
    : workspace_(std::exchange(other.workspace_, nullptr)),
      data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      wanted_(std::exchange(other.wanted_, 0)) {}

WorkspaceBlock& WorkspaceBlock::operator=(WorkspaceBlock&& other) noexcept {
  std::swap(workspace_, other.workspace_);
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  std::swap(wanted_, other.wanted_);
  return *this;
}

WorkspaceBlock::~WorkspaceBlock() {
  if (workspace_ != nullptr) workspace_->take_back(*this);
}

Workspace::~Workspace() {
  assert(in_use_ == 0);
  release_unused();
}

WorkspaceBlock Workspace::allocate(size_t size) {
  const size_t wanted = (std::max<size_t>(size, 1) + kPageBytes - 1) / kPageBytes * kPageBytes;
  in_use_ += wanted;
  peak_in_use_ = std::max(peak_in_use_, in_use_);
  const auto candidate = free_.lower_bound(wanted);
  if (candidate != free_.end() && candidate->first <= wanted + wanted / kMostWaste) {
    const auto [block_size, data] = *candidate;
    free_.erase(candidate);
    return {this, data, block_size, wanted};
  }
  while (held_ + wanted > capacity_ && !free_.empty()) release(std::prev(free_.end()));
  std::byte* data = allocate_pages(wanted);
  ++system_allocations_;
  held_ += wanted;
  peak_held_ = std::max(peak_held_, held_);
  return {this, data, wanted, wanted};
}

void Workspace::set_capacity(Bytes capacity) {
  capacity_ = capacity;
  while (held_ > capacity_ && !free_.empty()) release(std::prev(free_.end()));
}

void Workspace::release_unused() {
  while (!free_.empty()) release(free_.begin());
}

void Workspace::release(std::multimap<size_t, std::byte*>::iterator block) {
  release_pages(block->second, block->first);
  held_ -= block->first;
  free_.erase(block);
}

void Workspace::take_back(const WorkspaceBlock& block) {
  in_use_ -= block.wanted_;
  free_.emplace(block.size_, block.data_);
}

}  // namespace odsora
