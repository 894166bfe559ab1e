// The comment of a video's container, where MP4 and WebM hold generation data.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace odsora {

/// The name of the entry among the container's metadata.
constexpr const char* kCommentKey = "comment";

/// The data, if the comment holds such. The file is read as video/video_demuxer.h reads strangers' files. Throws
/// Error(kInvalidArgument) if it cannot be.
std::optional<std::string> find_container_comment(const std::filesystem::path& path);

}  // namespace odsora
