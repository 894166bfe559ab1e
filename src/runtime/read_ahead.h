// Reads that are known in advance, begun before they are asked for: while one block is packed, the next one's bytes
// come from the disk.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <optional>
#include <vector>

#include "base/units.h"
#include "runtime/direct_reader.h"

namespace odsora {

struct FileRange {
  size_t file = 0;  // index into the files of ReadAhead
  uint64_t offset = 0;
  size_t count = 0;
};

/// For one thread of calls; it has no thread of its own, the reader pool does the work.
class ReadAhead {
 public:
  /// `next_range` tells one range after the other, and nothing at the end; it is called by the constructor and by
  /// next(), as early as memory allows. The files must live longer. Begins to read.
  ///
  /// `staging_bytes` bounds the memory of the reads that have begun and were not handed out, in whole aligned units;
  /// a single range larger than that is read alone.
  ReadAhead(std::vector<DirectReader*> files, std::function<std::optional<FileRange>()> next_range,
            Bytes staging_bytes);

  /// The bytes of the next range, waiting for them if need be; nothing after the last one. Begins further reads into
  /// the memory that this one leaves. Throws what reading, or next_range, has thrown when its turn comes, and again on
  /// each later call.
  std::optional<AlignedBytes> next();

 private:
  struct Staged {
    PendingRead read;
    Bytes memory;
  };

  void begin_reads();

  std::vector<DirectReader*> files_;
  std::function<std::optional<FileRange>()> next_range_;
  Bytes staging_bytes_;
  std::deque<Staged> staged_;  // in the order of use
  Bytes staged_bytes_ = 0;
  std::optional<FileRange> upcoming_;  // told, but there is no room yet
  bool ended_ = false;
  std::exception_ptr failure_;  // after all that is staged
};

}  // namespace odsora
