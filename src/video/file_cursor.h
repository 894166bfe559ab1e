// Reads a stranger's file from its beginning on, a few kilobytes at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/input_file.h"

namespace odsora {

/// Every function throws Error(kInvalidArgument) naming the file if it ends too early or cannot be read.
class FileCursor {
 public:
  explicit FileCursor(const std::filesystem::path& path);

  const std::string& name() const { return file_.name(); }
  uint64_t position() const { return position_; }
  uint64_t left() const { return file_.size() - position_; }

  void seek(uint64_t position);
  void skip(uint64_t bytes);

  uint8_t byte();
  uint32_t big_endian32();
  uint32_t little_endian32();
  /// The next bytes, whose number the caller has limited.
  std::string text(size_t bytes);

  /// For a caller that found a broken rule of the format.
  [[noreturn]] void fail_with(const std::string& finding) const;

 private:
  void require(uint64_t bytes) const;

  InputFile file_;
  uint64_t position_ = 0;
  std::vector<uint8_t> buffer_;
  uint64_t buffer_begin_ = 0;  // its place in the file
};

}  // namespace odsora
