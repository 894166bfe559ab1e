// How the blocks of a model come into memory: all at once, one after the other through slots, or not at all because
// they are only measured. The model is the same.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runtime/block_source.h"
#include "runtime/weight_memory.h"
#include "weights/tensor_log.h"
#include "weights/weight_scope.h"

namespace odsora {

/// Binds block `index` from the checkpoint's root into `memory`. May be called on a loader's thread.
template <typename Block>
using LoadBlock = std::function<Block(int index, const WeightScope& root, WeightMemory& memory)>;

/// What a model's blocks need, found by binding their headers.
struct BlockMeasure {
  Bytes largest = 0;                              // bytes of one block in memory
  Bytes total = 0;                                // of all
  std::vector<std::vector<std::string>> tensors;  // [block] the tensors it reads, in order
};

/// Every block in memory from the start.
template <typename Block>
class ResidentBlocks final : public BlockSource<Block> {
 public:
  ResidentBlocks(int count, const WeightScope& root, const LoadBlock<Block>& load) {
    blocks_.reserve(static_cast<size_t>(count));
    for (int i = 0; i < count; ++i) blocks_.push_back(load(i, root, memory_));
  }

  BlockLease<Block> acquire(int index) override { return {blocks_.at(static_cast<size_t>(index)), nullptr}; }

 private:
  GrowingWeightMemory memory_;
  std::vector<Block> blocks_;
};

/// Blocks without data, for a dry run; fills a BlockMeasure.
template <typename Block>
class MeasuredBlocks final : public BlockSource<Block> {
 public:
  MeasuredBlocks(int count, const TensorSource& source, const LoadBlock<Block>& load, BlockMeasure& measure) {
    measure = {};
    for (int i = 0; i < count; ++i) {
      const TensorLog log(source);
      WeightCount memory;
      blocks_.push_back(load(i, WeightScope(log), memory));
      measure.largest = std::max(measure.largest, memory.bytes());
      measure.total += memory.bytes();
      measure.tensors.push_back(log.names());
    }
  }

  BlockLease<Block> acquire(int index) override { return {blocks_.at(static_cast<size_t>(index)), nullptr}; }

 private:
  std::vector<Block> blocks_;
};

}  // namespace odsora
