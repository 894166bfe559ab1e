#include "runtime/ring_memory.h"

#include <algorithm>
#include <cassert>

#include "runtime/pages.h"

namespace odsora {

RingMemory::RingMemory(size_t capacity) : capacity_(capacity / kAlignment * kAlignment) {}

RingMemory::~RingMemory() {
  assert(pieces_.empty());
  if (memory_ != nullptr) release_pages(memory_, capacity_);
}

std::byte* RingMemory::take(size_t size) {
  const std::lock_guard lock(mutex_);
  const size_t wanted = (std::max<size_t>(size, 1) + kAlignment - 1) / kAlignment * kAlignment;
  size_t begin = 0;
  size_t end = capacity_;  // of the free memory
  if (!pieces_.empty()) {
    const size_t oldest = pieces_.front().begin;
    const size_t newest_end = pieces_.back().end;
    if (pieces_.back().begin < oldest) {  // the ring has begun anew
      begin = newest_end;
      end = oldest;
    } else if (capacity_ - newest_end >= wanted) {
      begin = newest_end;
    } else {
      end = oldest;
    }
  }
  if (end - begin < wanted) return nullptr;
  if (memory_ == nullptr) memory_ = allocate_pages(capacity_);
  pieces_.push_back({begin, begin + wanted, true});
  return memory_ + begin;
}

void RingMemory::give_back(const std::byte* data) {
  const std::lock_guard lock(mutex_);
  const auto begin = static_cast<size_t>(data - memory_);
  const auto piece = std::ranges::find_if(
      pieces_, [&](const Piece& candidate) { return candidate.taken && candidate.begin == begin; });
  assert(piece != pieces_.end());
  piece->taken = false;
  while (!pieces_.empty() && !pieces_.front().taken) pieces_.pop_front();
}

}  // namespace odsora
