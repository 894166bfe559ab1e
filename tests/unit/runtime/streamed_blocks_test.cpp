#include "runtime/streamed_blocks.h"

#include <gtest/gtest.h>

#include <random>

#include "support/expect_error.h"
#include "support/safetensors_builder.h"
#include "support/temporary_folder.h"
#include "weights/tensor_headers.h"

namespace odsora {
namespace {

constexpr int kBlocks = 7;
constexpr int64_t kElements = 5000;

// Two tensors, copied into the memory that the block is given.
struct ToyBlock {
  std::vector<float*> tensors;
  float first(int tensor) const { return tensors[static_cast<size_t>(tensor)][0]; }
};

ToyBlock load_toy(int index, const WeightScope& root, WeightMemory& memory) {
  ToyBlock block;
  for (const char* name : {"b", "a"}) {  // not in the order of the file
    const HostTensor values = (root / "block" / index).read_f32(name, {kElements});
    auto* data = reinterpret_cast<float*>(memory.allocate(values.values.size() * sizeof(float)));
    if (data != nullptr) std::copy(values.values.begin(), values.values.end(), data);
    block.tensors.push_back(data);
  }
  return block;
}

float value_of(int block, int tensor) { return static_cast<float>(10 * block + tensor); }

class StreamedBlocksTest : public testing::Test {
 protected:
  StreamedBlocksTest() : file_(write_file()), store_(file_) {
    const TensorHeaders headers(store_);
    MeasuredBlocks<ToyBlock>(kBlocks, headers, load_toy, measure_);
  }

  std::filesystem::path write_file() {
    SafetensorsBuilder builder;
    for (int block = 0; block < kBlocks; ++block) {
      for (const int tensor : {1, 0}) {
        const std::string name = "block." + std::to_string(block) + (tensor == 0 ? ".b" : ".a");
        builder.add_f32(name, {kElements}, std::vector<float>(kElements, value_of(block, tensor)));
      }
    }
    return folder_.write("toy.safetensors", builder.bytes());
  }

  BlockStreaming streaming(Bytes available, int passes, MemoryBudget& budget) {
    return {.what = "toy",
            .plan = *plan_loading({.blocks = kBlocks, .block_bytes = measure_.largest, .available = available}),
            .measure = measure_,
            .passes = passes,
            .staging_bytes = 3 * kElements * sizeof(float),
            .store = store_,
            .readers = readers_,
            .budget = budget,
            .totals = totals_};
  }

  void use_every_block(BlockSource<ToyBlock>& blocks, int passes) {
    for (int position = 0; position < kBlocks * passes; ++position) {
      const int index = position % kBlocks;
      const BlockLease<ToyBlock> block = blocks.acquire(index);
      for (const int tensor : {0, 1}) ASSERT_EQ(block->first(tensor), value_of(index, tensor)) << position;
    }
  }

  TemporaryFolder folder_;
  std::filesystem::path file_;
  WeightStore store_;
  BlockMeasure measure_;
  ReaderPool readers_;
  StreamTotals totals_;
};

TEST_F(StreamedBlocksTest, MeasuringFindsSizesAndTheOrderOfReads) {
  EXPECT_EQ(measure_.largest, 2 * 20032U);  // 5000 floats, in whole units of 64 bytes
  EXPECT_EQ(measure_.total, kBlocks * measure_.largest);
  EXPECT_EQ(measure_.tensors[3], (std::vector<std::string>{"block.3.b", "block.3.a"}));
}

TEST_F(StreamedBlocksTest, EveryBlockIsRightUnderEveryLimitAndTheBudgetHolds) {
  for (Bytes blocks = 1; blocks <= kBlocks; ++blocks) {
    MemoryBudget budget(blocks * measure_.largest);
    {
      StreamedBlocks<ToyBlock> streamed(streaming(budget.limit(), 4, budget), load_toy);
      use_every_block(streamed, 4);
    }
    EXPECT_LE(budget.peak(), budget.limit());
    EXPECT_EQ(budget.in_use(), 0U);
    const auto pinned = static_cast<int64_t>(blocks == kBlocks ? kBlocks : (blocks > 2 ? blocks - 2 : 0));
    EXPECT_EQ(totals_.stats.loads, kBlocks + 3 * (kBlocks - pinned)) << blocks;
  }
}

TEST_F(StreamedBlocksTest, FewerPassesThanPlannedAreFine) {
  MemoryBudget budget(3 * measure_.largest);
  StreamedBlocks<ToyBlock> streamed(streaming(budget.limit(), 100, budget), load_toy);
  use_every_block(streamed, 2);
}

TEST_F(StreamedBlocksTest, AFileThatShrankIsAnErrorThatNamesIt) {
  MemoryBudget budget(2 * measure_.largest);
  StreamedBlocks<ToyBlock> streamed(streaming(budget.limit(), 1000, budget), load_toy);
  use_every_block(streamed, 1);
  std::filesystem::resize_file(file_, 1000);
  expect_bad_model({"toy.safetensors"}, [&] {
    for (int i = 0; i < 100 * kBlocks; ++i) streamed.acquire(i % kBlocks);
  });
}

}  // namespace
}  // namespace odsora
