#include "runtime/reader_pool.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "base/error.h"

namespace odsora {
namespace {

constexpr size_t kPieceUnit = size_t{64} << 10;
constexpr size_t kLargestPiece = size_t{4} << 20;
constexpr Seconds kThrottledPiece_s = 0.02;

// Pieces of a slow disk are small, so that nobody waits long for one that is no longer wanted.
size_t piece_size(double throttle_bytes_per_s) {
  if (throttle_bytes_per_s <= 0) return kLargestPiece;
  const double wanted = std::min(throttle_bytes_per_s * kThrottledPiece_s, static_cast<double>(kLargestPiece));
  return std::max<size_t>(static_cast<size_t>(wanted) / kPieceUnit, 1) * kPieceUnit;
}

}  // namespace

ReaderPool::ReaderPool(const ReaderPoolOptions& options)
    : throttle_bytes_per_s_(options.throttle_bytes_per_s), piece_bytes_(piece_size(options.throttle_bytes_per_s)) {
  const int threads = std::max(options.threads, 1);
  threads_.reserve(static_cast<size_t>(threads));
  try {
    for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { run(); });
  } catch (const std::system_error& error) {
    // One is enough to read; without this, the ones that run would end the process.
    if (threads_.empty()) fail(ErrorCode::kMemory, "cannot start a thread that reads: ", error.code().message());
  }
}

ReaderPool::~ReaderPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void ReaderPool::submit(size_t count, std::function<void(size_t)> piece) {
  if (count == 0) return;
  {
    const std::lock_guard lock(mutex_);
    batches_.push_back({0, count, std::move(piece)});
  }
  work_.notify_all();
}

void ReaderPool::transfer(size_t bytes, const std::function<void()>& read) {
  if (throttle_bytes_per_s_ > 0) {
    const Clock::time_point end = book(bytes);
    read();
    std::this_thread::sleep_until(end);
  } else {
    read();
  }
  bytes_read_.fetch_add(bytes, std::memory_order_relaxed);
}

// When the played disk, which serves one request after the other and never saves up, is done with this one.
ReaderPool::Clock::time_point ReaderPool::book(size_t bytes) {
  const std::chrono::duration<double> length(static_cast<double>(bytes) / throttle_bytes_per_s_);
  const std::lock_guard lock(mutex_);
  disk_free_at_ = std::max(disk_free_at_, Clock::now()) + std::chrono::duration_cast<Clock::duration>(length);
  return disk_free_at_;
}

void ReaderPool::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    work_.wait(lock, [&] { return stopping_ || !batches_.empty(); });
    if (batches_.empty()) return;
    Batch& batch = batches_.front();
    const size_t index = batch.next++;
    // The last piece takes the function along; the others copy it, since the batch may go while they run.
    const bool last = batch.next == batch.count;
    const std::function<void(size_t)> piece = last ? std::move(batch.piece) : batch.piece;
    if (last) batches_.pop_front();
    lock.unlock();
    piece(index);
    lock.lock();
  }
}

}  // namespace odsora
