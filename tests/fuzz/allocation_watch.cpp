#include "allocation_watch.h"

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace odsora::fuzz {
namespace {

// Other threads may allocate too; no input is read by two, so that the peak is exact enough.
std::atomic<int64_t> balance{0}, peak_balance{0};
std::atomic<size_t> largest_asked{0};

template <typename Number>
void raise_to(std::atomic<Number>& most, Number value) {
  if (value > most.load(std::memory_order_relaxed)) most.store(value, std::memory_order_relaxed);
}

}  // namespace

AllocationWatch::AllocationWatch() {
  balance = peak_balance = 0;
  largest_asked = 0;
}

size_t AllocationWatch::largest() const { return largest_asked; }

size_t AllocationWatch::peak() const { return static_cast<size_t>(std::max<int64_t>(0, peak_balance)); }

void count_allocation(size_t asked, size_t held) {
  raise_to(largest_asked, asked);
  raise_to(peak_balance, balance += static_cast<int64_t>(held));
}

void count_release(size_t held) { balance -= static_cast<int64_t>(held); }

}  // namespace odsora::fuzz
