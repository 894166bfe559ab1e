// Blocks that come from disk through slots of memory: what BlockStreamer does, with weights, files and a budget.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/block_loading.h"
#include "runtime/block_streamer.h"
#include "runtime/memory_budget.h"
#include "runtime/read_ahead_source.h"
#include "runtime/trace.h"
#include "techniques/dynamic_loading.h"

namespace odsora {

/// What a run reads and waits for.
struct StreamTotals {
  int blocks = 0;
  StreamStats stats;
  bool direct = true;  // reads bypassed the page cache
};

/// How the blocks of one model are streamed. All references must live longer than the blocks.
struct BlockStreaming {
  std::string what;  // "denoiser", for messages and traces
  LoadPlan plan;
  BlockMeasure measure;
  int passes = 1;
  bool prefetch = true;
  int initial_slots = 0;    // blocks that may load before the first acquire(); 0: as many as the plan allows
  Bytes staging_bytes = 0;  // of tensors that are read ahead or being packed
  const WeightStore& store;
  ReaderPool& readers;
  MemoryBudget& budget;
  StreamTotals& totals;  // filled when the blocks die
  Trace* trace = nullptr;
};

/// Memory for blocks, each as large as the largest. Thread-safe.
class SlotPool {
 public:
  SlotPool(Bytes slot_bytes, MemoryBudget& budget, std::string what)
      : slot_bytes_(slot_bytes), budget_(budget), what_(std::move(what)) {}

  /// An empty slot. Throws Error(kMemory) when the budget has no room for another one.
  WeightSlot& take();
  void give_back(WeightSlot& slot);

 private:
  struct Slot {
    MemoryLease lease;
    std::unique_ptr<WeightSlot> memory;
  };

  const Bytes slot_bytes_;
  MemoryBudget& budget_;
  const std::string what_;
  std::mutex mutex_;  // guards what follows
  std::vector<Slot> slots_;
  std::vector<WeightSlot*> free_;
};

/// The names of the tensors that a stream of blocks reads, one after the other.
class TensorSequence {
 public:
  TensorSequence(const BlockMeasure& measure, const LoadPlan& plan, int passes)
      : tensors_(measure.tensors), is_pinned_(plan.is_pinned), passes_(passes) {}
  std::optional<std::string> next();

 private:
  const std::vector<std::vector<std::string>> tensors_;  // [block]
  const std::vector<bool> is_pinned_;
  const int passes_;
  int64_t position_ = 0;  // block of the whole order, 0 … passes * blocks
  size_t tensor_ = 0;
};

/// Traces when a block is waited for, and how long it then computes: until the next one is asked for.
class ComputeTrace {
 public:
  ComputeTrace(Trace* trace, std::string what) : trace_(trace), what_(std::move(what)) {}

  void asks(int index);
  void got();

  /// Calls got() when it dies.
  struct Got {
    explicit Got(ComputeTrace& owner) : trace(owner) {}
    ~Got() { trace.got(); }
    Got(const Got&) = delete;
    Got& operator=(const Got&) = delete;
    ComputeTrace& trace;
  };

 private:
  Trace* trace_;
  std::string what_;
  int index_ = -1;  // none yet
  Seconds since_ = 0;
};

template <typename Block>
class StreamedBlocks final : public BlockSource<Block> {
 public:
  StreamedBlocks(const BlockStreaming& streaming, LoadBlock<Block> load)
      : streaming_(streaming),
        slots_(streaming.measure.largest, streaming.budget, "weights of the " + streaming.what),
        source_(streaming.store, streaming.readers, streaming.staging_bytes,
                [sequence = TensorSequence(streaming.measure, streaming.plan, streaming.passes)]() mutable {
                  return sequence.next();
                }),
        slot_of_(streaming.measure.tensors.size(), nullptr),
        compute_trace_(streaming.trace, streaming.what),
        streamer_(
            options_of(streaming),
            [this, load = std::move(load)](int index) {
              WeightSlot& slot = slots_.take();
              slot_of_[static_cast<size_t>(index)] = &slot;
              return load(index, WeightScope(source_), slot);
            },
            [this](int index, Seconds start, Seconds end) { note_load(index, start, end); },
            [this](int index) { slots_.give_back(*slot_of_[static_cast<size_t>(index)]); }) {}

  ~StreamedBlocks() override {
    streaming_.totals = {static_cast<int>(slot_of_.size()), streamer_.stats(), source_.direct()};
  }

  BlockLease<Block> acquire(int index) override {
    compute_trace_.asks(index);
    // The lease cannot be moved, so what follows its making is told by an object that dies after it is made.
    const ComputeTrace::Got got(compute_trace_);
    return streamer_.acquire(index);
  }

 private:
  static BlockStreamOptions options_of(const BlockStreaming& streaming) {
    BlockStreamOptions options = {.blocks = streaming.plan.blocks,
                                  .passes = streaming.passes,
                                  .pinned = streaming.plan.is_pinned,
                                  .slots = streaming.plan.slots,
                                  .prefetch = streaming.prefetch};
    if (streaming.initial_slots > 0) options.initial_slots = streaming.initial_slots;
    return options;
  }

  void note_load(int index, Seconds start, Seconds end) {
    if (streaming_.trace == nullptr) return;
    const Seconds begun = streaming_.trace->now() - end;  // of the loader's clock on the trace's
    streaming_.trace->complete("loader", streaming_.what + " " + std::to_string(index), begun + start, begun + end);
  }

  const BlockStreaming streaming_;
  SlotPool slots_;
  ReadAheadSource source_;  // of the loader's thread
  std::vector<WeightSlot*> slot_of_;
  ComputeTrace compute_trace_;
  BlockStreamer<Block> streamer_;  // the last member: its thread ends first
};

}  // namespace odsora
