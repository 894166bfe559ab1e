#include "runtime/weight_memory.h"

#include <gtest/gtest.h>

#include <cstdint>

#include "base/error.h"

namespace odsora {
namespace {

TEST(WeightMemory, PiecesAreAlignedAndKeepTheirPlace) {
  GrowingWeightMemory memory;
  std::byte* first = memory.allocate(10);
  std::byte* second = memory.allocate(5 << 20);
  first[9] = std::byte{1};
  second[(5 << 20) - 1] = std::byte{2};
  for (const std::byte* data : {first, second, memory.allocate(1)}) {
    EXPECT_EQ(reinterpret_cast<uintptr_t>(data) % WeightMemory::kAlignment, 0U);
  }
  EXPECT_EQ(first[9], std::byte{1});
}

TEST(WeightMemory, ASlotIsFilledAgainAndNeverOverflows) {
  WeightSlot slot(256);
  std::byte* first = slot.allocate(100);
  EXPECT_EQ(slot.allocate(100), first + 128);
  EXPECT_THROW(slot.allocate(1), Error);
  slot.reset();
  EXPECT_EQ(slot.allocate(256), first);
}

TEST(WeightMemory, CountingMeasuresWhatASlotTakes) {
  WeightCount count;
  EXPECT_EQ(count.allocate(100), nullptr);
  EXPECT_EQ(count.allocate(1), nullptr);
  EXPECT_EQ(count.bytes(), 192U);
  WeightSlot slot(count.bytes());
  slot.allocate(100);
  EXPECT_NO_THROW(slot.allocate(1));
}

}  // namespace
}  // namespace odsora
