// The one authority on memory: every large allocation, of weights, slots, activations or frames, asks it first.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/units.h"

namespace odsora {

class MemoryBudget;

/// Holds some bytes of a budget until it dies. Movable; the budget must live longer. One lease serves one thread at a
/// time, different leases of a budget any threads.
class MemoryLease {
 public:
  MemoryLease() = default;
  MemoryLease(MemoryLease&& other) noexcept;
  MemoryLease& operator=(MemoryLease&& other) noexcept;
  ~MemoryLease();

  Bytes bytes() const { return bytes_; }

  /// Holds so many bytes from now on. Must come from a budget. Throws Error(kMemory), and keeps what it held, when the
  /// growth does not fit.
  void resize(Bytes bytes);

 private:
  friend class MemoryBudget;
  MemoryLease(MemoryBudget* budget, std::string_view what, Bytes bytes) : budget_(budget), what_(what), bytes_(bytes) {}

  MemoryBudget* budget_ = nullptr;
  std::string what_;
  Bytes bytes_ = 0;
};

/// Grants bytes up to its limit. Counts only: the memory itself is the holder's. Thread-safe.
class MemoryBudget {
 public:
  explicit MemoryBudget(Bytes limit) : limit_(limit) {}
  MemoryBudget(const MemoryBudget&) = delete;
  MemoryBudget& operator=(const MemoryBudget&) = delete;
  /// Every lease must have died.
  ~MemoryBudget();

  /// `what` names the holder in messages, "weights of the denoiser"; leases of the same name are shown as one. Throws
  /// Error(kMemory) with one sentence that says what was asked, who holds how much, the limit and the least one that
  /// would have been enough at this place.
  MemoryLease reserve(Bytes bytes, std::string_view what);

  /// Nothing when it does not fit.
  std::optional<MemoryLease> try_reserve(Bytes bytes, std::string_view what);

  Bytes limit() const { return limit_; }
  Bytes in_use() const;
  /// The most that was ever in use.
  Bytes peak() const;
  Bytes free() const;

  /// Who holds how much, largest first: "weights of the denoiser 3.30 GB, frames 96 kB". "nothing" when nobody does.
  std::string describe() const;

 private:
  friend class MemoryLease;

  /// Whether so many bytes more were granted. Requires the lock.
  bool grant(Bytes bytes, std::string_view what);
  void grant_or_fail(Bytes bytes, std::string_view what);
  void take_back(Bytes bytes, std::string_view what);
  /// Requires the lock.
  std::string list_holders() const;

  const Bytes limit_;
  mutable std::mutex mutex_;
  std::map<std::string, Bytes, std::less<>> holders_;  // of more than zero bytes
  Bytes in_use_ = 0;
  Bytes peak_ = 0;
};

}  // namespace odsora
