// The comment extension of a GIF that holds generation data.
#pragma once

#include <optional>
#include <string>

#include "video/file_cursor.h"

namespace odsora {

/// A whole extension, cut into sub-blocks.
std::string gif_comment(const std::string& data);

/// The data, if one comment holds such. Requires the cursor at the beginning of a file with GIF's signature. Throws
/// Error(kInvalidArgument) if it is damaged or the data are too long.
std::optional<std::string> find_gif_comment(FileCursor& file);

}  // namespace odsora
