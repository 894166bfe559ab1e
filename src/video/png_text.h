// The iTXt chunk of a PNG that holds generation data.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "video/file_cursor.h"

namespace odsora {

/// Where a chunk can be put in: after the signature and IHDR.
constexpr size_t kPngHeaderBytes = 8 + 25;

/// A whole chunk, with its length and its CRC.
std::string png_text_chunk(const std::string& data);

/// The data, if one chunk holds such. Requires the cursor at the beginning of a file with PNG's signature. Throws
/// Error(kInvalidArgument) if it is damaged or the data are too long.
std::optional<std::string> find_png_text(FileCursor& file);

}  // namespace odsora
