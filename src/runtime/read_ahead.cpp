#include "runtime/read_ahead.h"

#include <utility>

namespace odsora {

ReadAhead::ReadAhead(std::vector<DirectReader*> files, std::function<std::optional<FileRange>()> next_range,
                     Bytes staging_bytes)
    : files_(std::move(files)), next_range_(std::move(next_range)), staging_bytes_(staging_bytes) {
  begin_reads();
}

std::optional<AlignedBytes> ReadAhead::next() {
  if (staged_.empty()) {
    if (failure_ != nullptr) std::rethrow_exception(failure_);
    return std::nullopt;
  }
  try {
    AlignedBytes bytes = staged_.front().read.wait();
    staged_bytes_ -= staged_.front().memory;
    staged_.pop_front();
    begin_reads();
    return bytes;
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
      const Bytes memory = file.memory_bytes(upcoming_->offset, upcoming_->count);
      if (!staged_.empty() && staged_bytes_ + memory > staging_bytes_) return;
      staged_.push_back({file.start(upcoming_->offset, upcoming_->count), memory});
      staged_bytes_ += memory;
      upcoming_.reset();
    }
  } catch (...) {
    failure_ = std::current_exception();
    ended_ = true;
  }
}

}  // namespace odsora
