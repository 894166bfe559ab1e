// A RawFile in memory that fails as it is told, and checks how it is asked.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <utility>

#include "runtime/raw_file.h"

namespace odsora {

class FaultyFile final : public RawFile {
 public:
  /// Called before each read, from many threads: bytes to read at most, or -errno.
  using Fault = std::function<int64_t(uint64_t offset, size_t wanted)>;

  explicit FaultyFile(std::string content, Fault fault = {}) : content_(std::move(content)), fault_(std::move(fault)) {}

  const std::string& name() const override { return name_; }
  uint64_t size() const override { return content_.size(); }
  size_t direct_alignment() const override { return 512; }

  int64_t read_direct(uint64_t offset, std::span<std::byte> bytes) const override {
    ++direct_reads;
    EXPECT_EQ(offset % 4096, 0U);
    EXPECT_EQ(bytes.size() % 4096, 0U);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(bytes.data()) % 4096, 0U);
    return refuses_direct ? -EINVAL : read(offset, bytes);
  }
  int64_t read_buffered(uint64_t offset, std::span<std::byte> bytes) const override {
    ++buffered_reads;
    return read(offset, bytes);
  }

  std::atomic<bool> refuses_direct{false};
  mutable std::atomic<int> direct_reads{0};
  mutable std::atomic<int> buffered_reads{0};

 private:
  int64_t read(uint64_t offset, std::span<std::byte> bytes) const {
    const int64_t most = fault_ ? fault_(offset, bytes.size()) : static_cast<int64_t>(bytes.size());
    if (most < 0) return most;
    const uint64_t left = content_.size() - std::min<uint64_t>(offset, content_.size());
    const size_t got = std::min({static_cast<size_t>(most), bytes.size(), static_cast<size_t>(left)});
    if (got > 0) std::memcpy(bytes.data(), content_.data() + offset, got);
    return static_cast<int64_t>(got);
  }

  const std::string name_ = "faulty.bin";
  const std::string content_;
  const Fault fault_;
};

}  // namespace odsora
