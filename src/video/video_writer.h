// Writes frames to a video or picture file. The bytes depend on the pixels, the size and the rate only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>

namespace odsora {

struct VideoFormat {
  int width = 0, height = 0;  // pixels; even for mp4
  double fps = 0;             // frames a second
  int frames = 0;             // that will be written
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

/// Throws what open_video_writer would throw for this path, so that it is known before any work: kInvalidArgument if
/// the extension names no known format, kOutput if the folder takes no files or a target is a folder.
void check_output_path(const std::filesystem::path& output, int frames);

/// The extension, in any case, names the format: .mp4 (H.264), or .png, where several frames become
/// name_0001.png, name_0002.png, … Throws Error, also kInvalidArgument for a size or rate that the format cannot have.
/// Silences libav's own log for the whole process.
std::unique_ptr<VideoWriter> open_video_writer(const VideoFormat& format, const std::filesystem::path& output);

}  // namespace odsora
