// Blocks that come from disk while others compute (CI-DL, docs/techniques/cidl.md): the streamed half of BlockSource.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "runtime/block_loader.h"
#include "runtime/block_source.h"

namespace odsora {

/// Never holds more than `slots` blocks besides the pinned ones. A block that is not pinned takes a slot from before
/// its load until its lease dies; the first block of the next pass loads while the last one of this pass computes.
/// For one consumer thread. Destroyed at any time while no lease lives, it waits for at most one load.
template <typename Block>
class BlockStreamer final : public BlockSource<Block> {
 public:
  /// `load` runs on one thread of the streamer's own, on which OpenMP sees one thread; `dropped` is told, on the
  /// consumer's thread, that a block's memory is free again. Throws Error(kInternal) when the options contradict each
  /// other.
  BlockStreamer(BlockStreamOptions options, std::function<Block(int index)> load, LoadObserver on_loaded = {},
                std::function<void(int index)> dropped = {})
      : load_(std::move(load)),
        dropped_(std::move(dropped)),
        blocks_(static_cast<size_t>(options.blocks < 0 ? 0 : options.blocks)),
        loader_(std::move(options),
                {.load = [this](int index) { place(index).emplace(load_(index)); },
                 .drop =
                     [this](int index) {
                       place(index).reset();
                       if (dropped_) dropped_(index);
                     }},
                std::move(on_loaded)) {}
  BlockStreamer(const BlockStreamer&) = delete;
  BlockStreamer& operator=(const BlockStreamer&) = delete;

  /// The memory of an earlier phase has become free: lifts the limit of initial_slots.
  void open() { loader_.open(); }

  /// Blocks must be asked for in the order 0 … blocks - 1, `passes` times; another order throws Error(kInternal).
  /// Waits until the block is there. Once a load has thrown, this and every later call throws the same. Implies open().
  BlockLease<Block> acquire(int index) override {
    loader_.wait_for(index);
    return {*place(index), [this, index] { loader_.release(index); }};
  }

  StreamStats stats() const { return loader_.stats(); }

 private:
  std::optional<Block>& place(int index) { return blocks_[static_cast<size_t>(index)]; }

  const std::function<Block(int)> load_;
  const std::function<void(int)> dropped_;
  std::vector<std::optional<Block>> blocks_;
  BlockLoader loader_;  // the last member: its thread ends before the blocks die
};

}  // namespace odsora
