// VP9 in WebM, for browsers, without patents: 4:2:0, BT.709.
#pragma once

#include "video/video_writer.h"

namespace odsora {

/// Width and height must be even. Throws Error: kOutput, kUnsupported if libav has no libvpx-vp9.
std::unique_ptr<VideoWriter> open_webm_writer(const VideoFormat& format, const std::filesystem::path& output);

}  // namespace odsora
