// Reads that are known in advance, begun before they are asked for: while one block is packed, the next one's bytes
// come from the disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/units.h"
#include "runtime/aligned_bytes.h"
#include "runtime/direct_reader.h"
#include "runtime/ring_memory.h"

namespace odsora {

struct FileRange {
  size_t file = 0;  // index into the files of ReadAhead
  uint64_t offset = 0;
  size_t count = 0;
};

/// What one range holds. Whoever keeps it keeps its memory from later reads.
struct ReadBytes {
  std::shared_ptr<std::byte[]> data;
  size_t size = 0;
};

/// For one thread of calls; it has no thread of its own, the reader pool does the work.
class ReadAhead {
 public:
  /// `next_range` tells one range after the other, and nothing at the end; it is called by the constructor and by
  /// next(), as early as memory allows. The files must live longer. Begins to read.
  ///
  /// `staging_bytes` is the memory of the reads that have begun and of what was handed out and still lives, in whole
  /// aligned units. When nothing else is being read, a range that does not fit is read into memory of its own.
  ReadAhead(std::vector<DirectReader*> files, std::function<std::optional<FileRange>()> next_range,
            Bytes staging_bytes);

  /// The bytes of the next range, waiting for them if need be; nothing after the last one. Begins further reads into
  /// the memory that this one leaves. Throws what reading, or next_range, has thrown when its turn comes, and again on
  /// each later call.
  std::optional<ReadBytes> next();

 private:
  struct Staged {
    std::shared_ptr<std::byte[]> memory;
    PendingRead read;  // dies before the memory
  };

  void begin_reads();
  std::shared_ptr<std::byte[]> memory_for(const DirectReader& file, size_t size);

  std::vector<DirectReader*> files_;
  std::function<std::optional<FileRange>()> next_range_;
  std::shared_ptr<RingMemory> ring_;   // shared with what it hands out
  std::deque<Staged> staged_;          // in the order of use
  std::optional<FileRange> upcoming_;  // told, but there is no room yet
  bool ended_ = false;
  std::exception_ptr failure_;  // after all that is staged
};

}  // namespace odsora
