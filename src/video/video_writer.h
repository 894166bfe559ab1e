// Writes frames to a video or picture file. The bytes depend on the pixels and the format only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/units.h"

namespace odsora {

constexpr int kDefaultQuality = 80;

struct VideoFormat {
  int width = 0, height = 0;         // pixels; even for .mp4 and .webm
  double fps = 0;                    // frames a second
  int frames = 0;                    // that will be written
  std::optional<int> quality = {};   // 1 to 100, absent: kDefaultQuality; .mp4, .webm and .webp only
  std::string generation_data = {};  // embedded in the file, see video/generation_data.h; empty: nothing is
};

/// Whoever destroys a writer without finish() finds nothing left behind.
class VideoWriter {
 public:
  virtual ~VideoWriter() = default;

  /// The next frame, [height, width, 3]. Throws Error(kOutput).
  virtual void write(std::span<const uint8_t> rgb) = 0;

  /// After the last frame: brings the files to the disk and gives them their names, replacing older ones.
  /// Throws Error(kOutput).
  virtual void finish() = 0;
};

/// Throws what open_video_writer would throw, so that it is known before any work: kInvalidArgument if the extension
/// names no known format or that format cannot have this size, rate, quality or data, kOutput if the folder takes no
/// files or a target is a folder.
void check_output(const VideoFormat& format, const std::filesystem::path& output);

/// The extension, in any case, names the kind of file: .mp4 (H.264), .webm (VP9), .gif, .webp, or .png, where several
/// frames become name_0001.png, name_0002.png, … Throws what check_output throws, and kUnsupported if the installed
/// libav lacks the encoder. Silences libav's own log for the whole process.
std::unique_ptr<VideoWriter> open_video_writer(const VideoFormat& format, const std::filesystem::path& output);

/// The files that the output is: itself, or the numbered ones of .png. Throws as check_output does for an unknown
/// extension.
std::vector<std::filesystem::path> output_files(const VideoFormat& format, const std::filesystem::path& output);

/// About the most that writing takes on the disk, with what is put aside meanwhile. Throws likewise.
Bytes writer_disk(const VideoFormat& format, const std::filesystem::path& output);

/// The most that the writer, with its encoder, holds at any time. Throws likewise.
Bytes writer_memory(const VideoFormat& format, const std::filesystem::path& output);

}  // namespace odsora
