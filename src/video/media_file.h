// A picture or video file of a stranger: bytes by position, and what they are by the first of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/input_file.h"

namespace odsora {

/// How a file is packed. The name of a file says nothing about it: only what is in this list is ever handed to libav.
enum class MediaKind { kPng, kJpeg, kWebp, kBmp, kGif, kMov, kMatroska, kAvi };

class MediaFile {
 public:
  /// Throws Error(kInvalidArgument) if the file is missing, cannot be opened, is not a regular file or begins like none
  /// of the kinds.
  explicit MediaFile(const std::filesystem::path& path);

  const std::string& name() const { return file_.name(); }
  uint64_t size() const { return file_.size(); }
  MediaKind kind() const { return kind_; }

  /// Fills `bytes` from `offset` on. Throws Error(kInvalidArgument) if the file ends before. Many short reads, one
  /// behind the other, cost little. Not for several threads.
  void read(uint64_t offset, std::span<uint8_t> bytes);

 private:
  InputFile file_;
  MediaKind kind_;
  std::vector<uint8_t> window_;  // what was read last, for short reads
  uint64_t window_offset_ = 0;
};

}  // namespace odsora
