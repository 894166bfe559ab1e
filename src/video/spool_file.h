// Bytes kept on the disk until they are read again.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

namespace odsora {

/// A file without a name, in the folder of an output: it is gone when this object or the process is. Every failure
/// throws Error(kOutput) naming the output and the reason.
class SpoolFile {
 public:
  explicit SpoolFile(std::filesystem::path output);
  ~SpoolFile();
  SpoolFile(const SpoolFile&) = delete;
  SpoolFile& operator=(const SpoolFile&) = delete;

  void append(std::span<const uint8_t> bytes);

  /// Fills `bytes` with what was appended from `offset` on.
  void read(uint64_t offset, std::span<uint8_t> bytes) const;

 private:
  [[noreturn]] void fail_with(int error_number) const;

  std::filesystem::path output_;
  int descriptor_ = -1;
};

}  // namespace odsora
