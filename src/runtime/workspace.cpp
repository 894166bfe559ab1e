#include "runtime/workspace.h"

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <iterator>
#include <utility>

#include "runtime/pages.h"

namespace odsora {
namespace {

// What the system hands out at the least: blocks are whole pages, so that giving one back gives memory back.
constexpr size_t kPageBytes = 4096;

// Bytes from `address` down to where a huge page begins.
size_t into_huge_page(const std::byte* address) { return reinterpret_cast<uintptr_t>(address) % kHugePageBytes; }

// Where a block lies in a free piece: a large one where a huge page begins, near the front; a small one at the end,
// where it leaves the rest aligned. Null if it does not fit.
std::byte* place(std::byte* piece, size_t piece_size, size_t wanted) {
  if (piece_size < wanted) return nullptr;
  if (wanted < kHugePageBytes) return piece + piece_size - wanted;
  const size_t in_front = (kHugePageBytes - into_huge_page(piece)) % kHugePageBytes;
  return in_front + wanted <= piece_size ? piece + in_front : nullptr;
}

}  // namespace

WorkspaceBlock::WorkspaceBlock(WorkspaceBlock&& other) noexcept
    : workspace_(std::exchange(other.workspace_, nullptr)),
      data_(std::exchange(other.data_, nullptr)),
      size_(std::exchange(other.size_, 0)),
      region_(std::exchange(other.region_, 0)) {}

WorkspaceBlock& WorkspaceBlock::operator=(WorkspaceBlock&& other) noexcept {
  std::swap(workspace_, other.workspace_);
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  std::swap(region_, other.region_);
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
  WorkspaceBlock block = take_free(wanted);
  if (block.data() == nullptr) {
    while (held_ + wanted > capacity_ && !free_.empty()) shrink(held_ + wanted - capacity_);
    block = {this, allocate_pages(wanted), wanted, system_allocations_++};
    held_ += wanted;
    peak_held_ = std::max(peak_held_, held_);
  }
  in_use_ += wanted;
  peak_in_use_ = std::max(peak_in_use_, in_use_);
  return block;
}

WorkspaceBlock Workspace::take_free(size_t wanted) {
  auto best = free_.end();
  for (auto piece = free_.begin(); piece != free_.end(); ++piece) {
    if (place(piece->first, piece->second.size, wanted) == nullptr) continue;
    if (best == free_.end() || piece->second.size < best->second.size) best = piece;
  }
  if (best == free_.end()) return {};
  const auto [piece, free] = *best;
  std::byte* const data = place(piece, free.size, wanted);
  const auto in_front = static_cast<size_t>(data - piece);
  free_.erase(best);
  if (in_front > 0) free_[piece] = {in_front, free.region};
  if (in_front + wanted < free.size) free_[data + wanted] = {free.size - in_front - wanted, free.region};
  return {this, data, wanted, free.region};
}

void Workspace::take_back(const WorkspaceBlock& block) {
  in_use_ -= block.size_;
  auto piece = free_.insert({block.data_, {block.size_, block.region_}}).first;
  const auto join_next = [this](FreeMap::iterator first) {
    const auto next = std::next(first);
    if (next == free_.end() || first->first + first->second.size != next->first) return;
    if (first->second.region != next->second.region) return;
    first->second.size += next->second.size;
    free_.erase(next);
  };
  join_next(piece);
  if (piece != free_.begin()) join_next(std::prev(piece));
}

void Workspace::set_capacity(Bytes capacity) {
  capacity_ = capacity;
  while (held_ > capacity_ && !free_.empty()) shrink(held_ - capacity_);
}

void Workspace::release_unused() {
  while (!free_.empty()) shrink(held_);
}

void Workspace::shrink(size_t excess) {
  const auto largest = std::max_element(free_.begin(), free_.end(),
                                        [](const auto& a, const auto& b) { return a.second.size < b.second.size; });
  const size_t size = largest->second.size;
  std::byte* const end = largest->first + size;
  const size_t at_least = std::min(excess, size);
  const size_t gone = std::min(at_least + into_huge_page(end - at_least), size);
  release_pages(end - gone, gone);
  held_ -= gone;
  if (gone == size) {
    free_.erase(largest);
  } else {
    largest->second.size -= gone;
  }
}

}  // namespace odsora
