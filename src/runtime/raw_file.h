// What DirectReader asks of the system, as an interface: tests put failing files behind it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

namespace odsora {

/// A regular file, open for reading by position from many threads.
class RawFile {
 public:
  virtual ~RawFile() = default;

  /// For messages.
  virtual const std::string& name() const = 0;

  /// Bytes in the file when it was opened.
  virtual uint64_t size() const = 0;

  /// What position, count and memory of a direct read must be multiples of, a power of two; 0 when the file system is
  /// known to refuse direct reads.
  virtual size_t direct_alignment() const = 0;

  /// Reads past the page cache. Bytes read, 0 at the end of the file, or -errno.
  virtual int64_t read_direct(uint64_t offset, std::span<std::byte> bytes) const = 0;

  /// Reads through the page cache and asks it to forget. Bytes read, 0 at the end of the file, or -errno.
  virtual int64_t read_buffered(uint64_t offset, std::span<std::byte> bytes) const = 0;
};

/// Throws Error(kBadModel) when the file is missing, cannot be opened or is not a regular file.
std::unique_ptr<RawFile> open_raw_file(const std::filesystem::path& path);

}  // namespace odsora
