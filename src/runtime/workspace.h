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
  WorkspaceBlock(Workspace* workspace, std::byte* data, size_t size, size_t region)
      : workspace_(workspace), data_(data), size_(size), region_(region) {}

  Workspace* workspace_ = nullptr;
  std::byte* data_ = nullptr;
  size_t size_ = 0;
  size_t region_ = 0;
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

  /// An uninitialised block of at least `size` bytes: a part of what is free where that is large enough in one piece.
  /// Otherwise it is new memory, and free memory goes back to the system as far as the capacity would be exceeded.
  /// Throws std::bad_alloc.
  WorkspaceBlock allocate(size_t size);

  /// How many bytes may be held, in use or free. Sufficient for any work whose peak_in_use() is no more, but with
  /// little left over memory is taken from the system, and cleared by it, again and again: comfortable() is better.
  /// Less than what is in use is not an error here: nothing is then kept free.
  void set_capacity(Bytes capacity);

  /// What free memory in pieces of the wrong size asks for in addition to a peak in use.
  static constexpr Bytes comfortable(Bytes peak_in_use) { return peak_in_use + peak_in_use / 8; }

  /// Returns free memory to the system, e.g. between two phases whose sizes differ.
  void release_unused();

  Bytes bytes_in_use() const { return in_use_; }
  /// The most that was in use at once.
  Bytes peak_in_use() const { return peak_in_use_; }
  /// The most that was held at once.
  Bytes peak_bytes() const { return peak_held_; }
  /// How many blocks came from the system because no free one fitted.
  size_t system_allocations() const { return system_allocations_; }

 private:
  friend class WorkspaceBlock;

  struct Free {
    size_t size;
    size_t region;  // what the system gave at once: neighbours by chance are not joined, so that peaks can be repeated
  };
  using FreeMap = std::map<std::byte*, Free>;

  /// Out of free memory, or empty.
  WorkspaceBlock take_free(size_t wanted);
  void take_back(const WorkspaceBlock& block);
  /// Returns a part of the largest free piece to the system, `excess` bytes or as much as it has; more where only a
  /// part of a huge page would remain.
  void shrink(size_t excess);

  FreeMap free_;
  Bytes capacity_ = std::numeric_limits<Bytes>::max();
  Bytes in_use_ = 0;
  Bytes peak_in_use_ = 0;
  Bytes held_ = 0;
  Bytes peak_held_ = 0;
  size_t system_allocations_ = 0;
};

}  // namespace odsora
