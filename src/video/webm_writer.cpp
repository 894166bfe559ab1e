#include "video/webm_writer.h"

#include <cmath>

#include "video/muxed_writer.h"

namespace odsora {
namespace {

/// Quality 80 is VP9's CRF 24, 100 is 15.
std::string crf(const VideoFormat& format) {
  return std::to_string(std::lround(60 - 0.45 * format.quality.value_or(kDefaultQuality)));
}

}  // namespace

std::unique_ptr<VideoWriter> open_webm_writer(const VideoFormat& format, const std::filesystem::path& output) {
  const MuxedKind kind = {
      .encoder = "libvpx-vp9",
      .container = "webm",
      .encoder_options =
          {
              {"crf", crf(format)},
              {"b", "0"},  // constant quality, whatever rate it takes
              {"deadline", "good"},
              {"cpu-used", "2"},
              {"row-mt", "1"},  // two threads for pictures of one tile too; below cpu-used 5 its bytes do not vary
              // Few frames ahead: each one is memory.
              {"lag-in-frames", "8"},
          },
      .container_options = {},
  };
  return open_muxed_writer(format, output, kind);
}

}  // namespace odsora
