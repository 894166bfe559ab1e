// Memory for reads that end in about the order in which they began: the same pages serve again and again, because the
// first use of fresh pages costs more processor time than a read.
#pragma once

#include <cstddef>
#include <deque>
#include <mutex>

namespace odsora {

/// Thread-safe.
class RingMemory {
 public:
  static constexpr size_t kAlignment = 4096;

  /// Takes its memory from the system when it is first needed.
  explicit RingMemory(size_t capacity);
  /// Everything must have been given back.
  ~RingMemory();
  RingMemory(const RingMemory&) = delete;
  RingMemory& operator=(const RingMemory&) = delete;

  size_t capacity() const { return capacity_; }

  /// `size` bytes, aligned; null where they do not fit behind what was taken last. Throws std::bad_alloc.
  std::byte* take(size_t size);

  /// In any order; the room is there again when everything that was taken earlier is back as well.
  void give_back(const std::byte* data);

 private:
  struct Piece {
    size_t begin;
    size_t end;
    bool taken;
  };

  const size_t capacity_;
  std::mutex mutex_;  // guards what follows
  std::byte* memory_ = nullptr;
  std::deque<Piece> pieces_;  // oldest first; from one to the next the ring may begin anew
};

}  // namespace odsora
