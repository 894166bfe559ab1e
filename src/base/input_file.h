// A file that is read by position.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace odsora {

/// A regular file, open for reading. Reads are calls to pread: thread-safe, and a file that shrinks under us is an
/// error, not a signal.
class InputFile {
 public:
  /// Throws Error(kBadModel) when the file is missing, cannot be opened or is not a regular file.
  explicit InputFile(const std::filesystem::path& path);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  const std::string& name() const { return name_; }

  /// Bytes in the file when it was opened.
  uint64_t size() const { return size_; }

  /// Fills `bytes` from `offset` on. Throws Error(kBadModel) naming file and offset when the file ends too early or
  /// the system reports a failure.
  void read(uint64_t offset, std::span<std::byte> bytes) const;

 private:
  std::string name_;
  int descriptor_;
  uint64_t size_ = 0;
};

}  // namespace odsora
