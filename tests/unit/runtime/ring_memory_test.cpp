#include "runtime/ring_memory.h"

#include <gtest/gtest.h>

#include <deque>
#include <random>

namespace odsora {
namespace {

constexpr size_t kUnit = RingMemory::kAlignment;

TEST(RingMemory, GoesAroundAndReusesWhatCameBack) {
  RingMemory ring(10 * kUnit + 100);
  EXPECT_EQ(ring.capacity(), 10 * kUnit);
  std::byte* const first = ring.take(4 * kUnit);
  std::byte* const second = ring.take(4 * kUnit - 5);
  EXPECT_EQ(second, first + 4 * kUnit);
  EXPECT_EQ(ring.take(3 * kUnit), nullptr);
  ring.give_back(first);
  EXPECT_EQ(ring.take(5 * kUnit), nullptr);  // not in one piece
  std::byte* const third = ring.take(3 * kUnit);
  EXPECT_EQ(third, first);
  EXPECT_EQ(ring.take(2 * kUnit), nullptr);
  ring.give_back(second);
  std::byte* const fourth = ring.take(7 * kUnit);
  EXPECT_EQ(fourth, first + 3 * kUnit);
  ring.give_back(third);
  ring.give_back(fourth);
  std::byte* const whole = ring.take(10 * kUnit);
  EXPECT_EQ(whole, first);
  ring.give_back(whole);
}

TEST(RingMemory, WaitsForTheOldestPiece) {
  RingMemory ring(3 * kUnit);
  std::byte* const first = ring.take(1);
  std::byte* const second = ring.take(0);
  std::byte* const third = ring.take(1);
  ring.give_back(second);
  EXPECT_EQ(ring.take(1), nullptr);
  ring.give_back(first);
  std::byte* const fourth = ring.take(2 * kUnit);
  EXPECT_EQ(fourth, first);
  ring.give_back(third);
  ring.give_back(fourth);
}

TEST(RingMemory, HasNothingWithoutCapacity) {
  RingMemory ring(kUnit - 1);
  EXPECT_EQ(ring.take(0), nullptr);
}

TEST(RingMemory, PiecesNeverOverlap) {
  struct Piece {
    std::byte* data;
    size_t size;
  };
  std::mt19937_64 random(4);
  const auto draw = [&](size_t most) { return std::uniform_int_distribution<size_t>(0, most)(random); };
  RingMemory ring(50 * kUnit);
  std::deque<Piece> pieces;
  int taken = 0;
  for (int round = 0; round < 5000; ++round) {
    const size_t size = draw(20 * kUnit);
    if (std::byte* data = ring.take(size)) {
      ++taken;
      for (const Piece& other : pieces) {
        EXPECT_TRUE(data + size <= other.data || other.data + other.size <= data);
      }
      pieces.push_back({data, size});
    }
    if (!pieces.empty() && draw(1) == 0) {
      const auto gone = pieces.begin() + static_cast<ptrdiff_t>(draw(std::min<size_t>(pieces.size() - 1, 2)));
      ring.give_back(gone->data);
      pieces.erase(gone);
    }
  }
  EXPECT_GT(taken, 2000);
  for (const Piece& piece : pieces) ring.give_back(piece.data);
}

}  // namespace
}  // namespace odsora
