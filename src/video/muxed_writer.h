// A video through one of libav's encoders and muxers: 4:2:0, BT.709 in limited range.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "video/video_writer.h"

namespace odsora {

/// A codec in its container, by libav's names.
struct MuxedKind {
  using Options = std::vector<std::pair<const char*, std::string>>;

  const char* encoder;
  const char* container;
  Options encoder_options;
  Options container_options;
};

/// The bytes depend on the pixels, the format and the kind only. Generation data becomes the container's comment.
/// Throws Error: kOutput, kUnsupported if this libav lacks the encoder.
std::unique_ptr<VideoWriter> open_muxed_writer(const VideoFormat& format, const std::filesystem::path& output,
                                               const MuxedKind& kind);

}  // namespace odsora
