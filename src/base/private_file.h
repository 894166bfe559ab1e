// Files for the user's eyes alone, of what may be lost: nothing here throws, and failing is no error.
#pragma once

#include <cstddef>
#include <filesystem>
#include <initializer_list>
#include <span>
#include <string_view>

namespace odsora {

/// How the names of unfinished files begin. An old one was left by a crash.
constexpr std::string_view kUnfinishedPrefix = ".unfinished-";

/// Makes the folder, and those around it that are missing, with permissions 0700. True when it is there at the end.
bool make_private_folder(const std::filesystem::path& folder);

/// Makes a file of the parts, one after the other, with permissions 0600: written beside its place, brought to the disk
/// and renamed, so that others see the old file, the new one or none, and writers at the same time do no harm. On
/// failure returns false and leaves nothing behind.
bool write_private_file(const std::filesystem::path& file, std::initializer_list<std::span<const std::byte>> parts);

}  // namespace odsora
