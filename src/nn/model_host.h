// What a model stands on: operations, memory for the weights it always holds, and the way its blocks come and go.
#pragma once

#include <memory>
#include <utility>

#include "nn/bind_weights.h"
#include "nn/ops.h"
#include "runtime/block_loading.h"
#include "runtime/streamed_blocks.h"

namespace odsora {

/// All parts must live longer than the model. Without a measure and without streaming, its blocks are all in memory
/// from the start.
struct ModelHost {
  Ops& ops;
  WeightMemory& memory;                       // of weights outside the blocks
  BlockMeasure* measure = nullptr;            // given: the model is only measured; its root must serve headers
  const BlockStreaming* streaming = nullptr;  // given: blocks come from disk as they are used

  BindTarget target() const { return {ops, memory}; }

  template <typename Block>
  std::unique_ptr<BlockSource<Block>> open_blocks(int count, const WeightScope& root, LoadBlock<Block> load) const {
    if (measure != nullptr) return std::make_unique<MeasuredBlocks<Block>>(count, root.source(), load, *measure);
    if (streaming != nullptr) return std::make_unique<StreamedBlocks<Block>>(*streaming, std::move(load));
    return std::make_unique<ResidentBlocks<Block>>(count, root, load);
  }
};

}  // namespace odsora
