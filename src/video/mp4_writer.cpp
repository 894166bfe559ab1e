#include "video/mp4_writer.h"

#include <cmath>

#include "video/muxed_writer.h"

namespace odsora {
namespace {

/// Quality 80 is x264's CRF 18, 100 is 10.
std::string crf(const VideoFormat& format) {
  return std::to_string(std::lround(50 - 0.4 * format.quality.value_or(kDefaultQuality)));
}

}  // namespace

std::unique_ptr<VideoWriter> open_mp4_writer(const VideoFormat& format, const std::filesystem::path& output) {
  const MuxedKind kind = {
      .encoder = "libx264",
      .container = "mp4",
      .encoder_options =
          {
              {"preset", "medium"},
              {"crf", crf(format)},
              // x264's AVX-512 code for this one reads memory that nobody wrote, and the bytes would change from run
              // to run.
              {"mbtree", "0"},
              // Few frames ahead: each one is memory.
              {"rc-lookahead", "10"},
          },
      .container_options = {{"movflags", "+faststart"}},
  };
  return open_muxed_writer(format, output, kind);
}

}  // namespace odsora
