#include "video/video_writer.h"

extern "C" {
#include <libavutil/log.h>
}

#include <cassert>
#include <string>
#include <system_error>
#include <vector>

#include "base/error.h"
#include "video/mp4_writer.h"
#include "video/pending_file.h"
#include "video/png_writer.h"

namespace odsora {
namespace {

constexpr int kMaxExtent = 16384;  // pixels; what H.264's highest levels hold
constexpr double kLeastFps = 0.1, kGreatestFps = 1000;

enum class FileKind { kMp4, kPng };

FileKind kind_of(const std::filesystem::path& output) {
  std::string extension = output.extension().string();
  for (char& letter : extension) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  if (extension == ".mp4") return FileKind::kMp4;
  if (extension == ".png") return FileKind::kPng;
  fail(ErrorCode::kInvalidArgument, "the output \"", output.string(),
       "\" names no known format; expected .mp4 or .png");
}

void check_format(const VideoFormat& format) {
  assert(format.frames > 0);
  const auto is_extent = [](int extent) { return extent > 0 && extent <= kMaxExtent; };
  if (!is_extent(format.width) || !is_extent(format.height)) {
    fail(ErrorCode::kInvalidArgument, "a video has 1 to ", kMaxExtent, " pixels a side; found ", format.width, "x",
         format.height);
  }
  if (!(format.fps >= kLeastFps && format.fps <= kGreatestFps)) {
    fail(ErrorCode::kInvalidArgument, "a video has ", kLeastFps, " to ", kGreatestFps, " frames a second; found ",
         format.fps);
  }
}

}  // namespace

void check_output_path(const std::filesystem::path& output, int frames) {
  const FileKind kind = kind_of(output);
  std::error_code unknown;
  const std::filesystem::path folder = output.parent_path();
  if (!folder.empty() && !std::filesystem::is_directory(folder, unknown)) {
    fail(ErrorCode::kOutput, "cannot write ", output.string(), ": there is no folder ", folder.string());
  }
  const std::vector<std::filesystem::path> targets =
      kind == FileKind::kPng ? png_files(output, frames) : std::vector{output};
  for (const std::filesystem::path& target : targets) {
    if (std::filesystem::is_directory(target, unknown)) {
      fail(ErrorCode::kOutput, "cannot write ", target.string(), ": it is a folder");
    }
  }
  const PendingFile trial(targets.back());  // no question about a folder is answered as well as by a file in it
}

std::unique_ptr<VideoWriter> open_video_writer(const VideoFormat& format, const std::filesystem::path& output) {
  check_format(format);
  check_output_path(output, format.frames);
  av_log_set_level(AV_LOG_QUIET);
  switch (kind_of(output)) {
    case FileKind::kMp4: return open_mp4_writer(format, output);
    case FileKind::kPng: return open_png_writer(format, output);
  }
  fail(ErrorCode::kInternal, "a file kind without a writer");
}

}  // namespace odsora
