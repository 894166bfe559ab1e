#include "runtime/streamed_blocks.h"

#include "base/process_memory.h"

namespace odsora {

WeightSlot& SlotPool::take() {
  const std::lock_guard lock(mutex_);
  if (free_.empty()) {
    MemoryLease lease = budget_.reserve(slot_bytes_, what_);
    slots_.push_back({std::move(lease), std::make_unique<WeightSlot>(slot_bytes_)});
    free_.push_back(slots_.back().memory.get());
  }
  WeightSlot& slot = *free_.back();
  free_.pop_back();
  slot.reset();
  return slot;
}

void SlotPool::give_back(WeightSlot& slot) {
  const std::lock_guard lock(mutex_);
  free_.push_back(&slot);
}

void ComputeTrace::asks(int index) {
  if (trace_ == nullptr) return;
  const Seconds now = trace_->now();
  if (index_ >= 0) trace_->complete("compute", what_ + " " + std::to_string(index_), since_, now);
  trace_->counter("resident bytes", static_cast<double>(resident_bytes()));
  index_ = index;
  since_ = now;
}

void ComputeTrace::got() {
  if (trace_ == nullptr) return;
  constexpr Seconds kWorthShowing = 1e-4;
  const Seconds now = trace_->now();
  if (now - since_ > kWorthShowing) {
    trace_->complete("waiting", what_ + " " + std::to_string(index_), since_, now);
  }
  since_ = now;
}

std::optional<std::string> TensorSequence::next() {
  const auto blocks = static_cast<int64_t>(tensors_.size());
  while (position_ < blocks * passes_) {
    const std::vector<std::string>& names = tensors_[static_cast<size_t>(position_ % blocks)];
    if (tensor_ < names.size() && needs_load(is_pinned_, position_)) return names[tensor_++];
    tensor_ = 0;
    ++position_;
  }
  return std::nullopt;
}

}  // namespace odsora
