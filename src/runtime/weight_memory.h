// Where packed weights are put: memory of their own, a slot that is filled again and again, or a mere count of bytes.
#pragma once

#include <cstddef>
#include <vector>

#include "base/units.h"

namespace odsora {

class WeightMemory {
 public:
  /// Every allocation starts at a multiple of this.
  static constexpr size_t kAlignment = 64;

  virtual ~WeightMemory() = default;

  /// Uninitialised bytes that live as long as this memory, or null where bytes are only counted.
  virtual std::byte* allocate(size_t bytes) = 0;
};

/// Grows as needed, in pieces that return to the system at the end.
class GrowingWeightMemory final : public WeightMemory {
 public:
  GrowingWeightMemory() = default;
  GrowingWeightMemory(const GrowingWeightMemory&) = delete;
  GrowingWeightMemory& operator=(const GrowingWeightMemory&) = delete;
  ~GrowingWeightMemory() override;

  /// Throws std::bad_alloc.
  std::byte* allocate(size_t bytes) override;

 private:
  struct Piece {
    std::byte* data;
    size_t size;
  };
  std::vector<Piece> pieces_;
  size_t used_ = 0;  // of the last piece
};

/// A fixed number of bytes, filled from the front; reset() empties it for the next block.
class WeightSlot final : public WeightMemory {
 public:
  /// Throws std::bad_alloc.
  explicit WeightSlot(Bytes capacity);
  WeightSlot(const WeightSlot&) = delete;
  WeightSlot& operator=(const WeightSlot&) = delete;
  ~WeightSlot() override;

  /// Throws Error(kInternal) when the slot is too small: it was measured before.
  std::byte* allocate(size_t bytes) override;

  /// Everything that was allocated is given up.
  void reset() { used_ = 0; }

 private:
  std::byte* data_;
  size_t capacity_;
  size_t used_ = 0;
};

/// Measures: counts bytes as a slot would and gives none.
class WeightCount final : public WeightMemory {
 public:
  std::byte* allocate(size_t bytes) override;
  Bytes bytes() const { return bytes_; }

 private:
  Bytes bytes_ = 0;
};

}  // namespace odsora
