#include "runtime/read_ahead.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "runtime/block_streamer.h"
#include "support/expect_error.h"
#include "techniques/dynamic_loading.h"
#include "unit/runtime/faulty_file.h"

namespace odsora {
namespace {

constexpr size_t kUnit = 4096;

/// Tells the ranges of a list, once.
class RangeList {
 public:
  explicit RangeList(std::vector<FileRange> ranges) : ranges_(std::move(ranges)) {}

  std::function<std::optional<FileRange>()> teller() {
    return [this]() -> std::optional<FileRange> {
      if (told == ranges_.size()) return std::nullopt;
      return ranges_[told++];
    };
  }

  size_t told = 0;

 private:
  std::vector<FileRange> ranges_;
};

std::string numbered_bytes(size_t count, int salt) {
  std::string bytes(count, '\0');
  for (size_t i = 0; i < count; ++i) bytes[i] = static_cast<char>((i / 7 + i * 31) % 251 + static_cast<size_t>(salt));
  return bytes;
}

std::string_view text_of(const ReadBytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data.get()), bytes.size};
}

/// Ranges 0 … count - 1, each one unit of the file.
std::vector<FileRange> units(size_t count) {
  std::vector<FileRange> ranges;
  for (size_t i = 0; i < count; ++i) ranges.push_back({.file = 0, .offset = i * kUnit, .count = kUnit});
  return ranges;
}

TEST(ReadAhead, GivesTheRangesInOrder) {
  const std::vector<std::string> contents = {numbered_bytes(300'000, 0), numbered_bytes(200'000, 3)};
  ReaderPool pool({.threads = 3});
  DirectReader first(std::make_unique<FaultyFile>(contents[0]), pool);
  DirectReader second(std::make_unique<FaultyFile>(contents[1]), pool);
  std::mt19937_64 random(5);
  const auto draw = [&](size_t most) { return std::uniform_int_distribution<size_t>(0, most)(random); };
  for (const Bytes staging : {Bytes{0}, Bytes{20'000}, Bytes{100'000}, Bytes{50'000'000}}) {
    std::vector<FileRange> ranges;
    for (int i = 0; i < 200; ++i) {
      const size_t file = draw(1);
      const size_t offset = draw(contents[file].size());
      ranges.push_back({file, offset, draw(std::min<size_t>(contents[file].size() - offset, 30'000))});
    }
    RangeList list(ranges);
    ReadAhead ahead({&first, &second}, list.teller(), staging);
    for (const FileRange& range : ranges) {
      const auto bytes = ahead.next();
      ASSERT_TRUE(bytes.has_value());
      ASSERT_EQ(text_of(*bytes), std::string_view(contents[range.file]).substr(range.offset, range.count));
    }
    EXPECT_FALSE(ahead.next().has_value());
    EXPECT_FALSE(ahead.next().has_value());
  }
}

TEST(ReadAhead, BeginsWhatFitsAndNoMore) {
  ReaderPool pool;
  DirectReader file(std::make_unique<FaultyFile>(std::string(20 * kUnit, 'x')), pool);
  RangeList list(units(8));
  ReadAhead ahead({&file}, list.teller(), 3 * kUnit + 100);
  // Three have begun; the fourth one is known and waits for room.
  EXPECT_EQ(list.told, 4U);
  ahead.next();
  EXPECT_EQ(list.told, 4U);  // what was handed out was still there
  ahead.next();
  EXPECT_EQ(list.told, 5U);
  while (ahead.next()) {
  }
  EXPECT_EQ(list.told, 8U);
  EXPECT_EQ(pool.bytes_read(), 8 * kUnit);
}

TEST(ReadAhead, ReadsALargeRangeIntoMemoryOfItsOwn) {
  ReaderPool pool;
  DirectReader file(std::make_unique<FaultyFile>(std::string(20 * kUnit, 'x')), pool);
  RangeList list({{0, 0, kUnit}, {0, kUnit, 9 * kUnit}, {0, 0, kUnit}, {0, 0, kUnit}});
  ReadAhead ahead({&file}, list.teller(), 2 * kUnit);
  EXPECT_EQ(list.told, 2U);
  EXPECT_EQ(ahead.next()->size, kUnit);
  EXPECT_EQ(list.told, 4U);  // the large one has begun, and one behind it that fits
  EXPECT_EQ(ahead.next()->size, 9 * kUnit);
  EXPECT_EQ(list.told, 4U);
  EXPECT_EQ(ahead.next()->size, kUnit);
}

TEST(ReadAhead, ReadsWhileNobodyAsks) {
  ReaderPool pool;
  DirectReader file(std::make_unique<FaultyFile>(std::string(20 * kUnit, 'x')), pool);
  RangeList list(units(4));
  ReadAhead ahead({&file}, list.teller(), 4 * kUnit);
  while (pool.bytes_read() < 4 * kUnit) std::this_thread::yield();
}

TEST(ReadAhead, AFailingReadThrowsInItsTurnAndFromThenOn) {
  for (size_t bad = 0; bad < 6; ++bad) {
    const auto fault = [bad](uint64_t offset, size_t wanted) -> int64_t {
      return offset / kUnit == bad ? -EIO : static_cast<int64_t>(wanted);
    };
    ReaderPool pool;
    DirectReader file(std::make_unique<FaultyFile>(std::string(20 * kUnit, 'x'), fault), pool);
    RangeList list(units(6));
    ReadAhead ahead({&file}, list.teller(), 3 * kUnit);
    for (size_t i = 0; i < bad; ++i) EXPECT_TRUE(ahead.next().has_value());
    const std::string place = "at byte " + std::to_string(bad * kUnit);
    for (int i = 0; i < 2; ++i) expect_bad_model({"faulty.bin", place}, [&] { ahead.next(); });
  }
}

TEST(ReadAhead, RangesThatDoNotExistThrowInTheirTurn) {
  ReaderPool pool;
  DirectReader file(std::make_unique<FaultyFile>(std::string(kUnit, 'x')), pool);
  for (const FileRange wrong : {FileRange{0, kUnit, 1}, FileRange{1, 0, 1}}) {
    RangeList list({{0, 0, 10}, wrong});
    ReadAhead ahead({&file}, list.teller(), 9 * kUnit);
    EXPECT_EQ(ahead.next()->size, 10U);
    for (int i = 0; i < 2; ++i) EXPECT_ANY_THROW(ahead.next());
  }
  int told = 0;
  ReadAhead ahead(
      {&file},
      [&]() -> std::optional<FileRange> {
        if (told++ > 0) throw std::domain_error("no plan");
        return FileRange{0, 0, 10};
      },
      9 * kUnit);
  EXPECT_EQ(ahead.next()->size, 10U);
  EXPECT_THROW(ahead.next(), std::domain_error);
}

TEST(ReadAhead, CanBeDestroyedAtAnyPosition) {
  ReaderPool pool({.threads = 2});
  DirectReader file(std::make_unique<FaultyFile>(std::string(20 * kUnit, 'x')), pool);
  for (size_t used = 0; used <= 12; ++used) {
    RangeList list(units(12));
    ReadAhead ahead({&file}, list.teller(), 5 * kUnit);
    for (size_t i = 0; i < used; ++i) ahead.next();
  }
}

TEST(ReadAhead, FeedsAStreamerInTheOrderOfItsLoads) {
  constexpr int kBlocks = 7;
  constexpr int kPasses = 4;
  const std::vector<bool> is_pinned = spread_evenly(kBlocks, 3);
  const std::string content = numbered_bytes(kBlocks * 10'000, 1);
  const auto range_of = [](int block) { return FileRange{0, static_cast<uint64_t>(block) * 10'000, 10'000}; };
  ReaderPool pool;
  DirectReader file(std::make_unique<FaultyFile>(content), pool);

  int64_t position = 0;
  const auto next_range = [&]() -> std::optional<FileRange> {
    while (position < kBlocks * kPasses && !needs_load(is_pinned, position)) ++position;
    if (position == kBlocks * kPasses) return std::nullopt;
    return range_of(static_cast<int>(position++ % kBlocks));
  };
  ReadAhead ahead({&file}, next_range, 16'384);
  BlockStreamer<std::string> streamer({.blocks = kBlocks, .passes = kPasses, .pinned = is_pinned},
                                      [&](int) { return std::string(text_of(*ahead.next())); });
  for (int use = 0; use < kBlocks * kPasses; ++use) {
    const int block = use % kBlocks;
    EXPECT_EQ(*streamer.acquire(block), content.substr(range_of(block).offset, 10'000));
  }
  EXPECT_EQ(pool.bytes_read(), 10'000U * (kBlocks + (kPasses - 1) * 4));
}

}  // namespace
}  // namespace odsora
