// Loops over many threads. What a loop computes must not depend on who computes it: pieces are cut by the caller or
// hold whole rows, and no result is summed across threads.
#pragma once

#include <omp.h>

#include <algorithm>
#include <cstdint>

namespace odsora {

/// Sets the number of threads that OpenMP (ours and oneDNN's) uses on this thread, and restores it.
class ThreadCountScope {
 public:
  explicit ThreadCountScope(int threads) : before_(omp_get_max_threads()) { omp_set_num_threads(threads); }
  ~ThreadCountScope() { omp_set_num_threads(before_); }
  ThreadCountScope(const ThreadCountScope&) = delete;
  ThreadCountScope& operator=(const ThreadCountScope&) = delete;

 private:
  int before_;
};

/// Work below these takes less than about half a millisecond on one thread, and a second one would not help.
constexpr int64_t kBytesWorthThreads = 2 << 20;
constexpr int64_t kFlopsWorthThreads = 60'000'000;

/// Calls body(first, last) for pieces of [0, count), one piece for each thread. `bytes` is what the loop moves.
/// The body must not throw.
template <typename Body>
void parallel_rows(int64_t count, int64_t bytes, const Body& body) {
  const auto threads = bytes < kBytesWorthThreads
                           ? int64_t{1}
                           : std::clamp<int64_t>(omp_get_max_threads(), 1, std::max<int64_t>(count, 1));
  if (threads == 1) {
    body(int64_t{0}, count);
    return;
  }
#pragma omp parallel for schedule(static, 1) num_threads(static_cast <int>(threads))
  for (int64_t piece = 0; piece < threads; ++piece) body(count * piece / threads, count * (piece + 1) / threads);
}

/// Calls make_worker(thread), once on each of at most `threads` threads, and the worker it returns with each of
/// [0, count), in any order. Inside, OpenMP and oneDNN see one thread. Nothing may throw.
template <typename MakeWorker>
void parallel_tasks(int64_t count, int threads, const MakeWorker& make_worker) {
  const int team = static_cast<int>(std::clamp<int64_t>(count, 1, threads));
#pragma omp parallel num_threads(team)
  {
    const ThreadCountScope alone(1);
    auto worker = make_worker(omp_get_thread_num());
#pragma omp for schedule(dynamic, 1)
    for (int64_t task = 0; task < count; ++task) worker(task);
  }
}

}  // namespace odsora
