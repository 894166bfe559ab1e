#include "runtime/memory_budget.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <utility>
#include <vector>

#include "base/byte_size.h"
#include "base/error.h"

namespace odsora {

MemoryLease::MemoryLease(MemoryLease&& other) noexcept
    : budget_(std::exchange(other.budget_, nullptr)),
      what_(std::move(other.what_)),
      bytes_(std::exchange(other.bytes_, 0)) {}

MemoryLease& MemoryLease::operator=(MemoryLease&& other) noexcept {
  MemoryLease taken(std::move(other));
  std::swap(budget_, taken.budget_);
  std::swap(what_, taken.what_);
  std::swap(bytes_, taken.bytes_);
  return *this;
}

MemoryLease::~MemoryLease() {
  if (budget_ != nullptr) budget_->take_back(bytes_, what_);
}

void MemoryLease::resize(Bytes bytes) {
  assert(budget_ != nullptr);
  if (bytes > bytes_) {
    budget_->grant_or_fail(bytes - bytes_, what_);
  } else {
    budget_->take_back(bytes_ - bytes, what_);
  }
  bytes_ = bytes;
}

MemoryBudget::~MemoryBudget() { assert(in_use_ == 0); }

MemoryLease MemoryBudget::reserve(Bytes bytes, std::string_view what) {
  MemoryLease lease(this, what, 0);
  lease.resize(bytes);
  return lease;
}

std::optional<MemoryLease> MemoryBudget::try_reserve(Bytes bytes, std::string_view what) {
  MemoryLease lease(this, what, 0);
  {
    const std::lock_guard lock(mutex_);
    if (!grant(bytes, what)) return std::nullopt;
  }
  lease.bytes_ = bytes;
  return lease;
}

Bytes MemoryBudget::in_use() const {
  const std::lock_guard lock(mutex_);
  return in_use_;
}

Bytes MemoryBudget::peak() const {
  const std::lock_guard lock(mutex_);
  return peak_;
}

Bytes MemoryBudget::free() const { return limit_ - in_use(); }

std::string MemoryBudget::describe() const {
  const std::lock_guard lock(mutex_);
  return list_holders();
}

bool MemoryBudget::grant(Bytes bytes, std::string_view what) {
  if (bytes > limit_ - in_use_) return false;
  if (bytes == 0) return true;
  const auto holder = holders_.find(what);
  if (holder == holders_.end()) {
    holders_.emplace(what, bytes);
  } else {
    holder->second += bytes;
  }
  in_use_ += bytes;
  peak_ = std::max(peak_, in_use_);
  return true;
}

void MemoryBudget::grant_or_fail(Bytes bytes, std::string_view what) {
  const std::lock_guard lock(mutex_);
  if (grant(bytes, what)) return;
  const Bytes enough = bytes > std::numeric_limits<Bytes>::max() - in_use_ ? bytes : in_use_ + bytes;
  fail(ErrorCode::kMemory, "cannot take ", format_byte_size(bytes), " more for ", what, ": the memory limit of ",
       format_byte_size(limit_), " has ", format_byte_size(limit_ - in_use_), " free (in use: ", list_holders(),
       "); at least ", format_byte_size(round_up_as_shown(enough)), " would be needed");
}

void MemoryBudget::take_back(Bytes bytes, std::string_view what) {
  if (bytes == 0) return;
  const std::lock_guard lock(mutex_);
  const auto holder = holders_.find(what);
  assert(holder != holders_.end() && holder->second >= bytes);
  in_use_ -= bytes;
  holder->second -= bytes;
  if (holder->second == 0) holders_.erase(holder);
}

std::string MemoryBudget::list_holders() const {
  std::vector<std::pair<std::string_view, Bytes>> largest_first(holders_.begin(), holders_.end());
  std::stable_sort(largest_first.begin(), largest_first.end(),
                   [](const auto& left, const auto& right) { return left.second > right.second; });
  std::string list;
  for (const auto& [what, bytes] : largest_first) {
    list += join(list.empty() ? "" : ", ", what, " ", format_byte_size(bytes));
  }
  return list.empty() ? "nothing" : list;
}

}  // namespace odsora
