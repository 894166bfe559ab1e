// Animated GIF: one palette for all frames, dithered in place, shown again and again.
#pragma once

#include "video/video_writer.h"

namespace odsora {

/// A GIF's delays are hundredths of a second, and shorter ones than two are shown as ten.
constexpr double kGreatestGifFps = 50;

/// Videos of at most 256 colours come back exactly. Until finish() the frames lie in a file without a name in the
/// output's folder. Throws Error: kOutput, kUnsupported if libav has no GIF encoder.
std::unique_ptr<VideoWriter> open_gif_writer(const VideoFormat& format, const std::filesystem::path& output);

}  // namespace odsora
