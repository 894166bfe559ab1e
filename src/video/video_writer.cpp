#include "video/video_writer.h"

extern "C" {
#include <libavutil/log.h>
}

#include <algorithm>
#include <array>
#include <cassert>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/error.h"
#include "video/generation_data.h"
#include "video/gif_writer.h"
#include "video/mp4_writer.h"
#include "video/pending_file.h"
#include "video/png_writer.h"
#include "video/webm_writer.h"
#include "video/webp_writer.h"

namespace odsora {
namespace {

constexpr int kMaxExtent = 16384;  // pixels; what H.264's highest levels hold
constexpr double kLeastFps = 0.1, kGreatestFps = 1000;
constexpr int kLeastQuality = 1, kGreatestQuality = 100;

/// What one kind of file is and can have.
struct FileKind {
  std::string_view extension;
  decltype(&open_mp4_writer) open;
  bool has_quality = false;
  bool needs_even_size = false;
  int max_extent = kMaxExtent;
  double greatest_fps = kGreatestFps;
  Bytes memory = 0, memory_per_pixel = 0;  // bounds above what was measured; writer_memory_test.cpp holds them
  double disk_per_pixel = 0;               // bytes a pixel of a frame: what hardly compressible frames take
};

constexpr std::array<FileKind, 5> kKinds = {{
    {.extension = ".mp4",
     .open = open_mp4_writer,
     .has_quality = true,
     .needs_even_size = true,
     .memory = 15'000'000,
     .memory_per_pixel = 96,
     .disk_per_pixel = 1},
    {.extension = ".webm",
     .open = open_webm_writer,
     .has_quality = true,
     .needs_even_size = true,
     .memory = 36'000'000,
     .memory_per_pixel = 116,
     .disk_per_pixel = 1},
    {.extension = ".gif",
     .open = open_gif_writer,
     .greatest_fps = kGreatestGifFps,
     .memory = 10'000'000,
     .memory_per_pixel = 16,
     .disk_per_pixel = 4.5},
    {.extension = ".webp",
     .open = open_webp_writer,
     .has_quality = true,
     .max_extent = kMaxWebpExtent,
     .memory = 7'000'000,
     .memory_per_pixel = 36,
     .disk_per_pixel = 1.5},
    {.extension = ".png", .open = open_png_writer, .memory = 6'000'000, .memory_per_pixel = 18, .disk_per_pixel = 3.5},
}};

const FileKind& kind_of(const std::filesystem::path& output) {
  std::string extension = output.extension().string();
  for (char& letter : extension) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  for (const FileKind& kind : kKinds) {
    if (extension == kind.extension) return kind;
  }
  fail(ErrorCode::kInvalidArgument, "the output \"", output.string(),
       "\" names no known format; expected .mp4, .webm, .gif, .webp or .png");
}

void check_size_and_rate(const VideoFormat& format, const FileKind& kind) {
  assert(format.frames > 0);
  const auto is_extent = [&](int extent) { return extent > 0 && extent <= kind.max_extent; };
  if (!is_extent(format.width) || !is_extent(format.height)) {
    fail(ErrorCode::kInvalidArgument, "a ", kind.extension, " has 1 to ", kind.max_extent, " pixels a side; found ",
         format.width, "x", format.height);
  }
  if (kind.needs_even_size && (format.width % 2 != 0 || format.height % 2 != 0)) {
    fail(ErrorCode::kInvalidArgument, "a ", kind.extension, " needs an even width and height; found ", format.width,
         "x", format.height);
  }
  if (!(format.fps >= kLeastFps && format.fps <= kind.greatest_fps)) {
    fail(ErrorCode::kInvalidArgument, "a ", kind.extension, " has ", kLeastFps, " to ", kind.greatest_fps,
         " frames a second; found ", format.fps);
  }
}

void check_quality(const VideoFormat& format, const FileKind& kind) {
  if (!format.quality) return;
  if (!kind.has_quality) {
    fail(ErrorCode::kInvalidArgument, "quality: a ", kind.extension, " has no such setting; leave it out");
  }
  if (*format.quality < kLeastQuality || *format.quality > kGreatestQuality) {
    fail(ErrorCode::kInvalidArgument, "quality: expected ", kLeastQuality, " to ", kGreatestQuality, ", found ",
         *format.quality);
  }
}

void check_generation_data(const std::string& data) {
  if (data.size() > kMaxGenerationData) {
    fail(ErrorCode::kInvalidArgument, "generation data: expected at most ", kMaxGenerationData, " bytes, found ",
         data.size());
  }
  assert(data.empty() || (is_generation_data(data) && data.find('\0') == std::string::npos));
}

void check_place(const std::vector<std::filesystem::path>& targets, const std::filesystem::path& output) {
  std::error_code unknown;
  const std::filesystem::path folder = output.parent_path();
  if (!folder.empty() && !std::filesystem::is_directory(folder, unknown)) {
    fail(ErrorCode::kOutput, "cannot write ", output.string(), ": there is no folder ", folder.string());
  }
  for (const std::filesystem::path& target : targets) {
    if (std::filesystem::is_directory(target, unknown)) {
      fail(ErrorCode::kOutput, "cannot write ", target.string(), ": it is a folder");
    }
  }
  const PendingFile trial(targets.back());  // no question about a folder is answered as well as by a file in it
}

}  // namespace

void check_output(const VideoFormat& format, const std::filesystem::path& output) {
  const FileKind& kind = kind_of(output);
  check_size_and_rate(format, kind);
  check_quality(format, kind);
  check_generation_data(format.generation_data);
  check_place(output_files(format, output), output);
}

std::vector<std::filesystem::path> output_files(const VideoFormat& format, const std::filesystem::path& output) {
  if (kind_of(output).open == open_png_writer) return png_files(output, format.frames);
  return {output};
}

Bytes writer_disk(const VideoFormat& format, const std::filesystem::path& output) {
  const double pixels = 1.0 * format.width * format.height * format.frames;
  return static_cast<Bytes>(pixels * kind_of(output).disk_per_pixel);
}

std::unique_ptr<VideoWriter> open_video_writer(const VideoFormat& format, const std::filesystem::path& output) {
  check_output(format, output);
  av_log_set_level(AV_LOG_QUIET);
  return kind_of(output).open(format, output);
}

Bytes writer_memory(const VideoFormat& format, const std::filesystem::path& output) {
  const FileKind& kind = kind_of(output);
  const auto pixels = static_cast<Bytes>(format.width) * static_cast<Bytes>(format.height);
  return kind.memory + pixels * kind.memory_per_pixel;
}

}  // namespace odsora
