// H.264 in MP4, for every player: 4:2:0, BT.709, index in front.
#pragma once

#include "video/video_writer.h"

namespace odsora {

/// Width and height must be even. Throws Error: kOutput, kUnsupported if libav has no libx264.
std::unique_ptr<VideoWriter> open_mp4_writer(const VideoFormat& format, const std::filesystem::path& output);

}  // namespace odsora
