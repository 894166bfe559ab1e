// Bytes inside memory that the system can read a file into without a copy.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <span>

namespace odsora {

/// Owns memory that begins at a multiple of an alignment, and shows a part of it. Movable.
class AlignedBytes {
 public:
  AlignedBytes() = default;
  /// Uninitialised memory of `capacity` bytes, a multiple of `alignment`, a power of two. Shows `size` bytes from
  /// `begin` on. Throws std::bad_alloc.
  AlignedBytes(size_t alignment, size_t capacity, size_t begin, size_t size)
      : memory_(static_cast<std::byte*>(std::aligned_alloc(alignment, capacity))),
        capacity_(capacity),
        begin_(begin),
        size_(size) {
    if (memory_ == nullptr && capacity > 0) throw std::bad_alloc();
  }

  std::byte* data() const { return memory_.get() + begin_; }
  size_t size() const { return size_; }
  std::span<std::byte> bytes() const { return {data(), size_}; }

  /// All of the memory.
  std::span<std::byte> memory() const { return {memory_.get(), capacity_}; }

 private:
  struct Free {
    void operator()(std::byte* memory) const { std::free(memory); }
  };

  std::unique_ptr<std::byte, Free> memory_;
  size_t capacity_ = 0;
  size_t begin_ = 0;
  size_t size_ = 0;
};

}  // namespace odsora
