// WebP, lossy: a still picture, or an animation that is shown again and again.
#pragma once

#include "video/video_writer.h"

namespace odsora {

constexpr int kMaxWebpExtent = 16383;  // pixels a side; the format has 14 bits for it

/// Every frame is a picture of its own, so that memory does not grow with their number. Throws Error: kOutput,
/// kUnsupported if libav has no libwebp.
std::unique_ptr<VideoWriter> open_webp_writer(const VideoFormat& format, const std::filesystem::path& output);

}  // namespace odsora
