#include "runtime/direct_reader.h"

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <exception>
#include <limits>
#include <mutex>
#include <system_error>
#include <utility>

#include "base/error.h"

namespace odsora {
namespace {

// Whole pages, whatever less the device asks for.
constexpr size_t kLeastAlignment = 4096;

}  // namespace

struct PendingRead::Rep {
  Rep(std::span<std::byte> memory_of_read, uint64_t memory_offset, std::span<std::byte> wanted_bytes)
      : memory(memory_of_read), begin(memory_offset), wanted(wanted_bytes) {}
  ~Rep() {
    dropped = true;
    wait_for_pieces();
  }

  /// A piece behind one that failed is of no use; one before it could still name the better place.
  bool wants(size_t piece) {
    const std::lock_guard lock(mutex);
    return !dropped && piece < failed_piece;
  }

  void wait_for_pieces() {
    std::unique_lock lock(mutex);
    done.wait(lock, [&] { return pieces_left == 0; });
  }

  uint64_t wanted_begin() const { return begin + static_cast<uint64_t>(wanted.data() - memory.data()); }
  uint64_t wanted_end() const { return wanted_begin() + wanted.size(); }

  const std::span<std::byte> memory;
  const uint64_t begin;               // where the memory begins in the file
  const std::span<std::byte> wanted;  // of the memory
  std::atomic<bool> dropped{false};

  std::mutex mutex;  // guards what follows
  std::condition_variable done;
  size_t pieces_left = 0;
  size_t failed_piece = std::numeric_limits<size_t>::max();  // the first in the file, so that messages do not vary
  std::exception_ptr failure;
};

PendingRead::PendingRead(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}
PendingRead::PendingRead(PendingRead&&) noexcept = default;
PendingRead& PendingRead::operator=(PendingRead&&) noexcept = default;
PendingRead::~PendingRead() = default;

std::span<std::byte> PendingRead::wait() {
  rep_->wait_for_pieces();
  if (rep_->failure != nullptr) std::rethrow_exception(rep_->failure);
  return rep_->wanted;
}

DirectReader::DirectReader(const std::filesystem::path& path, ReaderPool& pool)
    : DirectReader(open_raw_file(path), pool) {}

DirectReader::DirectReader(std::unique_ptr<RawFile> file, ReaderPool& pool)
    : file_(std::move(file)),
      pool_(pool),
      alignment_(std::max(kLeastAlignment, file_->direct_alignment())),
      // An alignment that no piece can have is as good as none.
      direct_(file_->direct_alignment() > 0 && pool.piece_bytes() % alignment_ == 0) {}

size_t DirectReader::memory_bytes(uint64_t offset, size_t count) const {
  if (count == 0) return 0;
  const uint64_t begin = offset / alignment_ * alignment_;
  return static_cast<size_t>((offset + count - begin + alignment_ - 1) / alignment_ * alignment_);
}

AlignedBytes DirectReader::read(uint64_t offset, size_t count) {
  const size_t skipped = count == 0 ? 0 : static_cast<size_t>(offset % alignment_);
  AlignedBytes bytes(alignment_, memory_bytes(offset, count), skipped, count);
  start(offset, count, bytes.memory().data()).wait();
  return bytes;
}

PendingRead DirectReader::start(uint64_t offset, size_t count, std::byte* memory) {
  if (offset > size() || count > size() - offset) {
    fail(ErrorCode::kBadModel, name(), ": the file ends at byte ", size(), ", expected ", count, " bytes at byte ",
         offset);
  }
  const size_t all = memory_bytes(offset, count);
  const size_t skipped = count == 0 ? 0 : static_cast<size_t>(offset % alignment_);
  auto rep =
      std::make_unique<PendingRead::Rep>(std::span(memory, all), offset - skipped, std::span(memory + skipped, count));
  const size_t pieces = (all + pool_.piece_bytes() - 1) / pool_.piece_bytes();
  {
    // Held so that no piece is counted as done before it is counted at all.
    const std::lock_guard lock(rep->mutex);
    pool_.submit(pieces, [this, read = rep.get()](size_t piece) { run_piece(*read, piece); });
    rep->pieces_left = pieces;
  }
  return PendingRead(std::move(rep));
}

void DirectReader::run_piece(PendingRead::Rep& read, size_t piece) {
  std::exception_ptr failure;
  if (read.wants(piece)) {
    const size_t first = piece * pool_.piece_bytes();
    const std::span<std::byte> memory =
        read.memory.subspan(first, std::min(pool_.piece_bytes(), read.memory.size() - first));
    const uint64_t needed_end = std::min(read.begin + first + memory.size(), read.wanted_end());
    try {
      // What was not asked for, in front of the wanted bytes, is not counted.
      const uint64_t wanted_begin = std::max(read.begin + first, read.wanted_begin());
      pool_.transfer(static_cast<size_t>(needed_end - wanted_begin),
                     [&] { fill(memory, read.begin + first, needed_end); });
    } catch (...) {
      failure = std::current_exception();
    }
  }
  const std::lock_guard lock(read.mutex);
  if (failure != nullptr && piece < read.failed_piece) {
    read.failed_piece = piece;
    read.failure = failure;
  }
  // Notified under the lock: the read may be gone as soon as it is released.
  if (--read.pieces_left == 0) read.done.notify_all();
}

// `memory` is aligned and may reach beyond the end of the file; the bytes in front of `needed_end` must be there.
void DirectReader::fill(std::span<std::byte> memory, uint64_t offset, uint64_t needed_end) {
  while (offset < needed_end) {
    // After a read that stopped within a unit, at the end of the file or near it, the rest goes through the cache.
    const bool directly = direct() && offset % alignment_ == 0;
    const int64_t got = directly ? file_->read_direct(offset, memory)
                                 : file_->read_buffered(offset, memory.first(static_cast<size_t>(needed_end - offset)));
    if (got == -EINTR) continue;
    if (directly && (got == -EINVAL || got == -EOPNOTSUPP)) {
      direct_ = false;
      continue;
    }
    if (got < 0) {
      fail(ErrorCode::kBadModel, name(), ": cannot read at byte ", offset, ": ",
           std::generic_category().message(static_cast<int>(-got)));
    }
    if (got == 0) {
      fail(ErrorCode::kBadModel, name(), ": the file ends at byte ", offset, ", expected ", needed_end - offset,
           " more bytes there");
    }
    memory = memory.subspan(static_cast<size_t>(got));
    offset += static_cast<uint64_t>(got);
  }
}

}  // namespace odsora
