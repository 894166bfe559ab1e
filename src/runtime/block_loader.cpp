#include "runtime/block_loader.h"

#include <omp.h>

#include <algorithm>
#include <cassert>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "techniques/dynamic_loading.h"

namespace odsora {
namespace {

BlockStreamOptions checked(BlockStreamOptions options) {
  if (options.blocks < 1 || options.passes < 0 || options.initial_slots < 0) {
    fail(ErrorCode::kInternal, "block streaming: expected at least 1 block and no negative numbers, found ",
         options.blocks, " blocks, ", options.passes, " passes, ", options.initial_slots, " initial slots");
  }
  if (options.pinned.size() != static_cast<size_t>(options.blocks)) {
    fail(ErrorCode::kInternal, "block streaming: expected ", options.blocks, " pinned flags, found ",
         options.pinned.size());
  }
  const bool all_pinned = std::find(options.pinned.begin(), options.pinned.end(), false) == options.pinned.end();
  if (options.slots < (all_pinned ? 0 : 1)) {
    fail(ErrorCode::kInternal, "block streaming: expected at least 1 slot, found ", options.slots);
  }
  return options;
}

}  // namespace

BlockLoader::BlockLoader(BlockStreamOptions options, BlockStorage storage, LoadObserver on_loaded)
    : options_(checked(std::move(options))),
      storage_(std::move(storage)),
      on_loaded_(std::move(on_loaded)),
      uses_(int64_t{options_.blocks} * options_.passes),
      states_(static_cast<size_t>(options_.blocks), State::kEmpty),
      open_(options_.initial_slots >= options_.blocks) {
  stats_.pinned = static_cast<int>(std::count(options_.pinned.begin(), options_.pinned.end(), true));
  try {
    thread_ = std::thread([this] { run(); });
  } catch (const std::system_error& error) {
    fail(ErrorCode::kMemory, "cannot start the thread that loads: ", error.code().message());
  }
}

BlockLoader::~BlockLoader() {
  {
    const std::lock_guard lock(mutex_);
    assert(!in_use_);
    stopping_ = true;
  }
  room_.notify_one();
  thread_.join();
}

void BlockLoader::open() {
  {
    const std::lock_guard lock(mutex_);
    open_ = true;
  }
  room_.notify_one();
}

void BlockLoader::wait_for(int index) {
  std::unique_lock lock(mutex_);
  if (failure_ != nullptr) std::rethrow_exception(failure_);
  if (in_use_ || due_ >= uses_ || index != index_at(due_)) {
    fail(ErrorCode::kInternal, "block streaming: block ", index, " was asked for as use ", due_, " of ", uses_,
         in_use_ ? " while another one is in use" : ", out of order");
  }
  open_ = true;
  wanted_ = due_;
  room_.notify_one();
  if (state(index) != State::kReady) {
    const Stopwatch waiting;
    ready_.wait(lock, [&] { return failure_ != nullptr || state(index) == State::kReady; });
    stats_.waited_s += waiting.elapsed();
    if (failure_ != nullptr) std::rethrow_exception(failure_);
  }
  ++due_;
  state(index) = State::kInUse;
  in_use_ = true;
}

void BlockLoader::release(int index) {
  // Before its slot is given away. The state is still "in use", so the loader leaves the block alone.
  if (!is_pinned(index)) storage_.drop(index);
  {
    const std::lock_guard lock(mutex_);
    assert(state(index) == State::kInUse);
    in_use_ = false;
    state(index) = is_pinned(index) ? State::kReady : State::kEmpty;
    if (!is_pinned(index)) --slots_taken_;
  }
  room_.notify_one();
}

StreamStats BlockLoader::stats() const {
  const std::lock_guard lock(mutex_);
  return stats_;
}

void BlockLoader::run() {
  omp_set_num_threads(1);  // what a load computes must not take threads from the consumer's team
  try {
    for (int64_t position = 0; position < uses_; ++position) {
      if (!needs_load(options_.pinned, position)) continue;
      if (!begin_load(position)) return;
      load(index_at(position));
    }
  } catch (...) {
    const std::lock_guard lock(mutex_);
    failure_ = std::current_exception();
    ready_.notify_one();
  }
}

// Waits until the block may load and takes its place in memory. False when the loader must stop.
bool BlockLoader::begin_load(int64_t position) {
  std::unique_lock lock(mutex_);
  room_.wait(lock, [&] { return stopping_ || may_load(position); });
  if (stopping_) return false;
  const int index = index_at(position);
  state(index) = State::kLoading;
  if (!is_pinned(index)) ++slots_taken_;
  ++loads_begun_;
  return true;
}

void BlockLoader::load(int index) {
  const Seconds start_s = clock_.elapsed();
  storage_.load(index);
  const Seconds end_s = clock_.elapsed();
  if (on_loaded_) on_loaded_(index, start_s, end_s);
  {
    const std::lock_guard lock(mutex_);
    ++stats_.loads;
    stats_.load_s += end_s - start_s;
    state(index) = State::kReady;
  }
  ready_.notify_one();
}

bool BlockLoader::may_load(int64_t position) const {
  if (!open_ && loads_begun_ >= options_.initial_slots) return false;
  if (!options_.prefetch && position > wanted_) return false;
  const int index = index_at(position);
  // With more slots than blocks, a block can come up again before its last use is over.
  return is_pinned(index) || (slots_taken_ < options_.slots && state(index) == State::kEmpty);
}

}  // namespace odsora
