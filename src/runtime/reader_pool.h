// The threads that wait for the disk, shared by all files that are read.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "base/units.h"

namespace odsora {

struct ReaderPoolOptions {
  int threads = 2;                  // reads in flight
  double throttle_bytes_per_s = 0;  // plays a slower disk, for tests and demonstrations; 0 does not
};

class ReaderPool {
 public:
  /// With fewer threads where the system starts no more. Throws Error(kMemory) when it starts none.
  explicit ReaderPool(const ReaderPoolOptions& options = {});
  /// Runs what was submitted to its end. Everything that reads with this pool must be gone by then.
  ~ReaderPool();
  ReaderPool(const ReaderPool&) = delete;
  ReaderPool& operator=(const ReaderPool&) = delete;

  /// How many bytes one piece of a large read should have: a multiple of 64 KiB.
  size_t piece_bytes() const { return piece_bytes_; }

  /// Calls piece(0) … piece(count - 1) on the pool's threads; they begin in this order, after all that was submitted
  /// before. `piece` must not throw.
  void submit(size_t count, std::function<void(size_t piece)> piece);

  /// Calls `read`, which reads `bytes` bytes, and returns no sooner than a disk of the throttled rate would, shared
  /// with all other calls. Throws what `read` throws.
  void transfer(size_t bytes, const std::function<void()>& read);

  /// Bytes that were asked for, by all calls of transfer() that have returned.
  Bytes bytes_read() const { return bytes_read_.load(std::memory_order_relaxed); }

 private:
  using Clock = std::chrono::steady_clock;

  struct Batch {
    size_t next;
    size_t count;
    std::function<void(size_t)> piece;
  };

  void run();
  Clock::time_point book(size_t bytes);

  const double throttle_bytes_per_s_;
  const size_t piece_bytes_;
  std::atomic<Bytes> bytes_read_{0};

  std::mutex mutex_;  // guards what follows
  std::condition_variable work_;
  std::deque<Batch> batches_;
  bool stopping_ = false;
  Clock::time_point disk_free_at_{};  // of the disk that is played

  std::vector<std::thread> threads_;
};

}  // namespace odsora
