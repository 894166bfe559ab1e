// One picture, or a numbered one for each frame.
#pragma once

#include <vector>

#include "base/rgb_picture.h"
#include "video/video_writer.h"

namespace odsora {

/// `output` itself for one frame; for several name_0001.png, name_0002.png, … beside it.
std::vector<std::filesystem::path> png_files(const std::filesystem::path& output, int frames);

/// Writes a picture that is soon replaced: whole or not at all, but not brought to the disk. Silences libav's own log
/// for the whole process. Throws Error: kOutput, kUnsupported if libav has no PNG encoder.
void write_fleeting_png(const RgbPicture& picture, const std::filesystem::path& output);

/// Throws Error: kOutput, kUnsupported if libav has no PNG encoder.
std::unique_ptr<VideoWriter> open_png_writer(const VideoFormat& format, const std::filesystem::path& output);

}  // namespace odsora
