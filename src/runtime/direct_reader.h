// Reads ranges of a file past the page cache. Weights that are streamed in a cycle larger than memory are the worst
// case of a cache: it would keep nothing that is needed again, and take memory that others need.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "runtime/aligned_bytes.h"
#include "runtime/raw_file.h"
#include "runtime/reader_pool.h"

namespace odsora {

/// A read in progress. Its destructor waits for the pieces that have begun and lets the others go.
class PendingRead {
 public:
  PendingRead(PendingRead&&) noexcept;
  PendingRead& operator=(PendingRead&&) noexcept;
  ~PendingRead();

  /// Blocks until all bytes are there and tells where in the memory they are. Throws Error(kBadModel) naming file and
  /// offset when the file ends too early or the system reports a failure. To be called once.
  std::span<std::byte> wait();

 private:
  friend class DirectReader;
  struct Rep;
  explicit PendingRead(std::unique_ptr<Rep> rep);

  std::unique_ptr<Rep> rep_;
};

/// One file. Thread-safe. The pool must live longer, and the reader longer than its pending reads.
class DirectReader {
 public:
  /// Throws Error(kBadModel) when the file is missing, cannot be opened or is not a regular file.
  DirectReader(const std::filesystem::path& path, ReaderPool& pool);
  DirectReader(std::unique_ptr<RawFile> file, ReaderPool& pool);

  /// `count` bytes from `offset` on. Throws as start() and PendingRead::wait() do, and std::bad_alloc.
  AlignedBytes read(uint64_t offset, size_t count);

  /// The same without waiting, into `memory`: memory_bytes() bytes, aligned to alignment(), that live longer than the
  /// read. Throws Error(kBadModel) when the file, as it was opened, has no such bytes.
  PendingRead start(uint64_t offset, size_t count, std::byte* memory);

  /// Memory that such a read takes: the wanted bytes, widened to whole aligned units at both ends.
  size_t memory_bytes(uint64_t offset, size_t count) const;
  size_t alignment() const { return alignment_; }

  /// False once the file system is known to refuse direct reads. The file is then read through the page cache, which
  /// is asked to forget it at once.
  bool direct() const { return direct_.load(std::memory_order_relaxed); }

  const std::string& name() const { return file_->name(); }
  uint64_t size() const { return file_->size(); }

 private:
  void run_piece(PendingRead::Rep& read, size_t piece);
  void fill(std::span<std::byte> memory, uint64_t offset, uint64_t needed_end);

  std::unique_ptr<RawFile> file_;
  ReaderPool& pool_;
  size_t alignment_;
  std::atomic<bool> direct_;
};

}  // namespace odsora
