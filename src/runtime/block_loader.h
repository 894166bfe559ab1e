// The part of BlockStreamer that knows no block: one thread that loads blocks in the order of their use, as far ahead
// as memory allows, and the states {empty, loading, ready, in use} of the blocks. A block is in exactly one of them.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <limits>
#include <mutex>
#include <thread>
#include <vector>

#include "base/units.h"

namespace odsora {

struct BlockStreamOptions {
  int blocks = 0;            // used in the order 0 … blocks - 1
  int passes = 1;            // that many times; fewer is allowed
  std::vector<bool> pinned;  // [blocks]: loaded once, kept
  int slots = 2;             // blocks in memory that are not pinned; with one, nothing loads while a block computes
  bool prefetch = true;      // false: a block is loaded when it is asked for, and not before
  int initial_slots = std::numeric_limits<int>::max();  // blocks, pinned or not, that may load before open()
};

struct StreamStats {
  int64_t loads = 0;
  Seconds load_s = 0;    // sum over the loads
  Seconds waited_s = 0;  // acquire() blocked: load time that no computation hid
  int pinned = 0;
};

/// Told of each load on the loader's thread, in seconds since the loader's construction.
using LoadObserver = std::function<void(int index, Seconds start_s, Seconds end_s)>;

/// What the loader does to the owner of the blocks.
struct BlockStorage {
  std::function<void(int index)> load;  // on the loader's thread; may throw
  std::function<void(int index)> drop;  // on the consumer's thread; must not throw
};

/// For one consumer thread, which waits for a block, uses it and releases it before it waits for the next one.
class BlockLoader {
 public:
  /// Begins to load. Throws Error(kInternal) when the options contradict each other, and Error(kMemory) when the system
  /// starts no thread.
  BlockLoader(BlockStreamOptions options, BlockStorage storage, LoadObserver on_loaded);
  /// Waits for the load in progress, if any, and begins no other. No block may be in use.
  ~BlockLoader();
  BlockLoader(const BlockLoader&) = delete;
  BlockLoader& operator=(const BlockLoader&) = delete;

  /// Lifts the limit of initial_slots.
  void open();

  /// Opens, blocks until block `index` is ready, and marks it as in use. Throws what a load has thrown as soon as that
  /// is known, even if this block is ready, and again on each later call. Throws Error(kInternal) when another block
  /// is due.
  void wait_for(int index);

  /// The block is no longer in use: drops it unless it is pinned.
  void release(int index);

  StreamStats stats() const;

 private:
  enum class State { kEmpty, kLoading, kReady, kInUse };

  void run();
  bool begin_load(int64_t position);
  void load(int index);
  bool may_load(int64_t position) const;

  int index_at(int64_t position) const { return static_cast<int>(position % options_.blocks); }
  bool is_pinned(int index) const { return options_.pinned[static_cast<size_t>(index)]; }
  State& state(int index) { return states_[static_cast<size_t>(index)]; }
  State state(int index) const { return states_[static_cast<size_t>(index)]; }

  const BlockStreamOptions options_;
  const BlockStorage storage_;
  const LoadObserver on_loaded_;
  const int64_t uses_;  // positions in the order of use: blocks * passes
  const Stopwatch clock_;

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable room_;
  std::condition_variable ready_;
  std::vector<State> states_;  // [blocks]
  bool open_;
  bool stopping_ = false;
  bool in_use_ = false;
  int slots_taken_ = 0;
  int64_t loads_begun_ = 0;
  int64_t due_ = 0;      // position of the next wait_for
  int64_t wanted_ = -1;  // position of the last one
  std::exception_ptr failure_;
  StreamStats stats_;

  std::thread thread_;
};

}  // namespace odsora
