// Memory for activations: blocks are handed out, come back when their owner dies, and are handed out again.
//
// One workspace serves one thread of calls; kernels may use the blocks from many threads.
#pragma once

#include <cstddef>
#include <limits>
#include <map>

#include "base/units.h"

namespace odsora {

class Workspace;

/// Owns one block of a workspace and gives it back. Movable; the workspace must live longer.
class WorkspaceBlock {
 public:
  WorkspaceBlock() = default;
  WorkspaceBlock(WorkspaceBlock&& other) noexcept;
  WorkspaceBlock& operator=(WorkspaceBlock&& other) noexcept;
  ~WorkspaceBlock();

  std::byte* data() const { return data_; }

 private:
  friend class Workspace;
  WorkspaceBlock(Workspace* workspace, std::byte* data, size_t size, size_t wanted)
      : workspace_(workspace), data_(data), size_(size), wanted_(wanted) {}

  Workspace* workspace_ = nullptr;
  std::byte* data_ = nullptr;
  size_t size_ = 0;
  size_t wanted_ = 0;  // what was asked for, in whole pages
};

class Workspace {
 public:
  /// Blocks start at multiples of this many bytes.
  static constexpr size_t kAlignment = 64;

  Workspace() = default;
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;
  /// Every block must have come back.
  ~Workspace();

  /// An uninitialised block of at least `size` bytes. Free blocks are taken when they fit nearly, and given back to the
  /// system when the capacity would be exceeded. Throws std::bad_alloc.
  WorkspaceBlock allocate(size_t size);

  /// How many bytes may be held, in use or free. Sufficient for any work whose peak_in_use() was p: p + p / kMostWaste.
  /// Less is not an error here: nothing is then kept free.
  void set_capacity(Bytes capacity);

  /// Returns free blocks to the system, e.g. between two phases whose sizes differ.
  void release_unused();

  Bytes bytes_in_use() const { return in_use_; }
  /// The most that was in use at once, counted as asked for.
  Bytes peak_in_use() const { return peak_in_use_; }
  /// The most that was held at once.
  Bytes peak_bytes() const { return peak_held_; }
  /// How many blocks came from the system because no free one fitted.
  size_t system_allocations() const { return system_allocations_; }

  /// A free block may be larger than what is asked for by this part of it.
  static constexpr size_t kMostWaste = 8;

 private:
  friend class WorkspaceBlock;
  void take_back(const WorkspaceBlock& block);
  void release(std::multimap<size_t, std::byte*>::iterator block);

  std::multimap<size_t, std::byte*> free_;  // by size
  Bytes capacity_ = std::numeric_limits<Bytes>::max();
  Bytes in_use_ = 0;
  Bytes peak_in_use_ = 0;
  Bytes held_ = 0;
  Bytes peak_held_ = 0;
  size_t system_allocations_ = 0;
};

}  // namespace odsora
