// Whether a video file is all there, where its container tells how long it is.
#pragma once

#include "video/media_file.h"

namespace odsora {

/// libav takes the end of a Matroska or AVI file for the end of the video, wherever it comes, so a file that was cut
/// off would be read as a shorter video. Throws Error(kInvalidArgument) for a kMatroska, kAvi or kMov that says it is
/// longer than it is. One that was written to a pipe does not say so, and passes.
void check_end(MediaFile& file);

}  // namespace odsora
