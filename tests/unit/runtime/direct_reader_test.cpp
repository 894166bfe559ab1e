#include "runtime/direct_reader.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "support/expect_error.h"
#include "support/temporary_folder.h"
#include "unit/runtime/faulty_file.h"

namespace odsora {
namespace {

std::string random_bytes(size_t count) {
  std::mt19937_64 random(count);
  std::string bytes(count, '\0');
  for (size_t i = 0; i < count; ++i) bytes[i] = static_cast<char>(random());
  return bytes;
}

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Reads at random places, at the end of the file and at borders of pages and pieces.
void expect_equal_reads(DirectReader& reader, std::string_view content, unsigned seed, int rounds) {
  std::mt19937_64 random(seed);
  const auto draw = [&](size_t most) { return std::uniform_int_distribution<size_t>(0, most)(random); };
  for (int round = 0; round < rounds; ++round) {
    size_t offset = draw(content.size());
    if (round % 3 == 0) offset -= offset % 4096;
    size_t count = draw(content.size() - offset);
    if (round % 2 == 0) count = std::min<size_t>(count, draw(9000));
    if (round % 5 == 0) count = content.size() - offset;
    const AlignedBytes bytes = reader.read(offset, count);
    ASSERT_EQ(text_of(bytes.bytes()), content.substr(offset, count)) << offset << " + " << count;
  }
}

TEST(DirectReader, ReadsWhatOrdinaryReadsRead) {
  const TemporaryFolder folder;
  for (const size_t size : {size_t{1}, size_t{4095}, size_t{4096}, size_t{4097}, size_t{10'000'001}}) {
    const std::string content = random_bytes(size);
    ReaderPool pool;
    DirectReader reader(folder.write("weights.bin", content), pool);
    EXPECT_EQ(reader.size(), size);
    expect_equal_reads(reader, content, 7, 60);
  }
}

TEST(DirectReader, ReadsNothing) {
  const TemporaryFolder folder;
  ReaderPool pool;
  DirectReader reader(folder.write("weights.bin", "abc"), pool);
  EXPECT_EQ(reader.read(0, 0).size(), 0U);
  EXPECT_EQ(reader.read(3, 0).size(), 0U);
  DirectReader empty(folder.write("empty.bin", ""), pool);
  EXPECT_EQ(empty.read(0, 0).size(), 0U);
  EXPECT_EQ(pool.bytes_read(), 0U);
}

TEST(DirectReader, TellsTheMemoryOfARead) {
  ReaderPool pool;
  DirectReader reader(std::make_unique<FaultyFile>(std::string(100'000, 'x')), pool);
  EXPECT_EQ(reader.memory_bytes(5, 0), 0U);
  EXPECT_EQ(reader.memory_bytes(0, 4096), 4096U);
  EXPECT_EQ(reader.memory_bytes(4095, 2), 8192U);
  EXPECT_EQ(reader.read(4095, 2).memory().size(), 8192U);
}

TEST(DirectReader, RefusesFilesAndRangesThatAreNotThere) {
  const TemporaryFolder folder;
  ReaderPool pool;
  expect_bad_model({"absent.bin", "cannot open"}, [&] { DirectReader(folder.path() / "absent.bin", pool); });
  expect_bad_model({"regular file"}, [&] { DirectReader(folder.path(), pool); });
  DirectReader reader(folder.write("weights.bin", std::string(100, 'x')), pool);
  expect_bad_model({"weights.bin", "ends at byte 100", "2 bytes at byte 99"}, [&] { reader.read(99, 2); });
  expect_bad_model({"ends at byte 100"}, [&] { reader.read(101, 0); });
  expect_bad_model({"ends at byte 100"}, [&] { reader.read(~uint64_t{0}, 2); });
  expect_bad_model({"ends at byte 100"}, [&] { reader.read(2, ~size_t{0}); });
}

TEST(DirectReader, AFileThatShrinksIsAnError) {
  const TemporaryFolder folder;
  const std::string content = random_bytes(9'000'000);
  const auto path = folder.write("weights.bin", content);
  ReaderPool pool;
  DirectReader reader(path, pool);
  std::filesystem::resize_file(path, 5'000'001);
  expect_bad_model({"weights.bin", "ends at byte 5000001"}, [&] { reader.read(100, 8'000'000); });
  EXPECT_EQ(text_of(reader.read(4'999'990, 11).bytes()), std::string_view(content).substr(4'999'990, 11));
}

TEST(DirectReader, FallsBackWhereDirectReadsAreRefused) {
  const std::string content = random_bytes(300'000);
  auto file = std::make_unique<FaultyFile>(content);
  FaultyFile& fault = *file;
  ReaderPool pool({.threads = 1});
  DirectReader reader(std::move(file), pool);
  EXPECT_EQ(text_of(reader.read(5, 20'000).bytes()), std::string_view(content).substr(5, 20'000));
  EXPECT_TRUE(reader.direct());
  EXPECT_EQ(fault.buffered_reads, 0);

  fault.refuses_direct = true;
  EXPECT_EQ(text_of(reader.read(7, 90'000).bytes()), std::string_view(content).substr(7, 90'000));
  EXPECT_FALSE(reader.direct());
  const int refused = fault.direct_reads;
  expect_equal_reads(reader, content, 3, 30);
  EXPECT_EQ(fault.direct_reads, refused);
}

TEST(DirectReader, GoesOnAfterShortAndInterruptedReads) {
  const std::string content = random_bytes(200'000);
  std::atomic<int> calls{0};
  const auto fault = [&](uint64_t, size_t wanted) -> int64_t {
    switch (calls++ % 4) {
      case 0: return -EINTR;
      case 1: return 4096;                                  // short by whole units
      case 2: return static_cast<int64_t>(wanted / 3 + 1);  // within a unit
      default: return static_cast<int64_t>(wanted);
    }
  };
  ReaderPool pool;
  DirectReader reader(std::make_unique<FaultyFile>(content, fault), pool);
  expect_equal_reads(reader, content, 11, 100);
  EXPECT_TRUE(reader.direct());
}

TEST(DirectReader, NamesTheFirstByteThatCannotBeRead) {
  const auto fault = [](uint64_t offset, size_t wanted) -> int64_t {
    return offset >= 8'388'608 ? -EIO : static_cast<int64_t>(wanted);
  };
  for (int round = 0; round < 20; ++round) {
    ReaderPool pool({.threads = 3});
    DirectReader reader(std::make_unique<FaultyFile>(std::string(20'000'000, 'x'), fault), pool);
    expect_bad_model({"faulty.bin", "cannot read at byte 8388608", "Input/output error"},
                     [&] { reader.read(0, 20'000'000); });
    EXPECT_EQ(reader.read(0, 8'000'000).size(), 8'000'000U);  // the pool goes on
  }
}

TEST(DirectReader, APendingReadCanBeLetGo) {
  const std::string content = random_bytes(3'000'000);
  ReaderPool pool({.threads = 2, .throttle_bytes_per_s = 10e6});
  DirectReader reader(std::make_unique<FaultyFile>(content), pool);
  const Stopwatch watch;
  const AlignedBytes memory(4096, 3'002'368, 0, 0);
  for (int i = 0; i < 5; ++i) const PendingRead let_go = reader.start(0, content.size(), memory.memory().data());
  EXPECT_LT(watch.elapsed(), 1.0);  // all of them would take 1.5 s
  PendingRead first = reader.start(10, 1000, memory.memory().data());
  PendingRead second = reader.start(20, 1000, memory.memory().data() + 4096);
  first = std::move(second);
  EXPECT_EQ(text_of(first.wait()), std::string_view(content).substr(20, 1000));
}

TEST(DirectReader, ReadsFromManyThreadsAndFiles) {
  const TemporaryFolder folder;
  ReaderPool pool({.threads = 3});
  std::vector<std::string> contents;
  std::vector<std::unique_ptr<DirectReader>> readers;
  for (size_t i = 0; i < 2; ++i) {
    contents.push_back(random_bytes(5'000'000 + i));
    readers.push_back(std::make_unique<DirectReader>(folder.write(std::to_string(i), contents[i]), pool));
  }
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] { expect_equal_reads(*readers[i % 2], contents[i % 2], i, 25); });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(ReaderPool, CountsTheBytesThatWereAskedFor) {
  ReaderPool pool;
  DirectReader reader(std::make_unique<FaultyFile>(std::string(10'000'000, 'x')), pool);
  reader.read(0, 10'000'000);
  EXPECT_EQ(pool.bytes_read(), 10'000'000U);
  reader.read(4095, 5'000'000);
  EXPECT_EQ(pool.bytes_read(), 15'000'000U);
}

TEST(ReaderPool, ThrottleKeepsTheRate) {
  for (const int threads : {1, 3}) {
    ReaderPool pool({.threads = threads, .throttle_bytes_per_s = 20e6});
    DirectReader reader(std::make_unique<FaultyFile>(std::string(6'000'000, 'x')), pool);
    const Stopwatch watch;
    reader.read(0, 6'000'000);
    EXPECT_GE(watch.elapsed(), 0.299);
    EXPECT_LE(watch.elapsed(), 0.6);
  }
}

}  // namespace
}  // namespace odsora
