// The XMP chunk of a WebP that holds generation data.
#pragma once

#include <optional>
#include <string>

#include "video/file_cursor.h"

namespace odsora {

/// What the chunk holds: an XMP packet with the data as the text of one element.
std::string xmp_packet(const std::string& data);

/// The data, if the file has an XMP chunk of ours. Requires the cursor at the beginning of a file with the signature of
/// RIFF and WebP. Throws Error(kInvalidArgument) if it is damaged.
std::optional<std::string> find_webp_xmp(FileCursor& file);

}  // namespace odsora
