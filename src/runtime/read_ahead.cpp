#include "runtime/read_ahead.h"

#include <utility>

namespace odsora {

ReadAhead::ReadAhead(std::vector<DirectReader*> files, std::function<std::optional<FileRange>()> next_range,
                     Bytes staging_bytes)
    : files_(std::move(files)), next_range_(std::move(next_range)), ring_(std::make_shared<RingMemory>(staging_bytes)) {
  begin_reads();
}

std::optional<ReadBytes> ReadAhead::next() {
  if (staged_.empty()) {
    if (failure_ != nullptr) std::rethrow_exception(failure_);
    return std::nullopt;
  }
  try {
    const std::span<std::byte> bytes = staged_.front().read.wait();
    ReadBytes result = {{staged_.front().memory, bytes.data()}, bytes.size()};
    staged_.pop_front();
    begin_reads();
    return result;
  } catch (...) {
    failure_ = std::current_exception();
    ended_ = true;
    staged_.clear();
    throw;
  }
}

// What fails here is told after what was begun before it.
void ReadAhead::begin_reads() {
  try {
    while (!ended_) {
      if (!upcoming_) upcoming_ = next_range_();
      if (!upcoming_) {
        ended_ = true;
        return;
      }
      DirectReader& file = *files_.at(upcoming_->file);
      const auto memory = memory_for(file, file.memory_bytes(upcoming_->offset, upcoming_->count));
      if (memory == nullptr) return;
      staged_.push_back({memory, file.start(upcoming_->offset, upcoming_->count, memory.get())});
      upcoming_.reset();
    }
  } catch (...) {
    failure_ = std::current_exception();
    ended_ = true;
  }
}

// Null: not now.
std::shared_ptr<std::byte[]> ReadAhead::memory_for(const DirectReader& file, size_t size) {
  if (file.alignment() <= RingMemory::kAlignment) {
    if (std::byte* memory = ring_->take(size)) {
      return {memory, [ring = ring_](std::byte* taken) { ring->give_back(taken); }};
    }
  }
  if (!staged_.empty()) return nullptr;
  const auto own = std::make_shared<AlignedBytes>(file.alignment(), size, 0, size);
  return {own, own->data()};
}

}  // namespace odsora
