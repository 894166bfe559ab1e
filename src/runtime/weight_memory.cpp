#include "runtime/weight_memory.h"

#include <algorithm>

#include "base/error.h"
#include "runtime/pages.h"

namespace odsora {
namespace {

constexpr size_t kLeastPiece = 1 << 20;

size_t round_up(size_t bytes) {
  return (bytes + WeightMemory::kAlignment - 1) / WeightMemory::kAlignment * WeightMemory::kAlignment;
}

}  // namespace

GrowingWeightMemory::~GrowingWeightMemory() {
  for (const Piece& piece : pieces_) release_pages(piece.data, piece.size);
}

std::byte* GrowingWeightMemory::allocate(size_t bytes) {
  const size_t size = round_up(bytes);
  if (pieces_.empty() || size > pieces_.back().size - used_) {
    pieces_.reserve(pieces_.size() + 1);
    const size_t piece = std::max(size, kLeastPiece);
    pieces_.push_back({allocate_pages(piece), piece});
    used_ = 0;
  }
  std::byte* data = pieces_.back().data + used_;
  used_ += size;
  return data;
}

WeightSlot::WeightSlot(Bytes capacity) : data_(allocate_pages(capacity)), capacity_(capacity) {}

WeightSlot::~WeightSlot() { release_pages(data_, capacity_); }

std::byte* WeightSlot::allocate(size_t bytes) {
  const size_t size = round_up(bytes);
  if (size > capacity_ - used_) {
    fail(ErrorCode::kInternal, "a block of weights needs more than the ", capacity_,
         " bytes that were measured for it");
  }
  std::byte* data = data_ + used_;
  used_ += size;
  return data;
}

std::byte* WeightCount::allocate(size_t bytes) {
  bytes_ += round_up(bytes);
  return nullptr;
}

}  // namespace odsora
