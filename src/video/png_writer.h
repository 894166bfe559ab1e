// One picture, or a numbered one for each frame.
#pragma once

#include <vector>

#include "video/video_writer.h"

namespace odsora {

/// `output` itself for one frame; for several name_0001.png, name_0002.png, … beside it.
std::vector<std::filesystem::path> png_files(const std::filesystem::path& output, int frames);

/// Throws Error: kOutput, kUnsupported if libav has no PNG encoder.
std::unique_ptr<VideoWriter> open_png_writer(const VideoFormat& format, const std::filesystem::path& output);

}  // namespace odsora
