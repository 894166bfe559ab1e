// The only seam between a model and where its weights are: ask for block i, use it, let it go.
//
// A model cannot tell whether a block was resident or has just been read, so its output cannot depend on it.
// Order of calls: (acquire(i), use, lease dies)*, one lease at a time, i rising within a pass over the model.
#pragma once

#include <functional>
#include <utility>

namespace odsora {

/// The right to use one block of weights until the lease dies.
template <typename Block>
class BlockLease {
 public:
  BlockLease(const Block& block, std::function<void()> release) : block_(&block), release_(std::move(release)) {}
  BlockLease(const BlockLease&) = delete;
  BlockLease& operator=(const BlockLease&) = delete;
  ~BlockLease() {
    if (release_) release_();
  }

  const Block& operator*() const { return *block_; }
  const Block* operator->() const { return block_; }

 private:
  const Block* block_;
  std::function<void()> release_;
};

/// Where the blocks of a model come from.
template <typename Block>
class BlockSource {
 public:
  virtual ~BlockSource() = default;

  /// Block `index`, ready for use. Throws Error when it cannot be read.
  virtual BlockLease<Block> acquire(int index) = 0;
};

}  // namespace odsora
