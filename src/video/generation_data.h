// How a video was made, as a JSON text inside the file itself.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace odsora {

/// How the text begins: what tells it from a stranger's comment.
constexpr std::string_view kGenerationDataMark = "{\"odsora\":";
constexpr size_t kMaxGenerationData = 64 * 1024;  // bytes

inline bool is_generation_data(std::string_view text) { return text.starts_with(kGenerationDataMark); }

/// The text that was embedded in a .mp4, .webm, .gif, .webp or .png, known by its content. The file may be any
/// stranger's: little of it is held at a time, and of the text nothing is promised but its mark and its size. Throws
/// Error(kInvalidArgument) naming the file if it is none of these, is damaged, or holds no such text.
std::string read_generation_data(const std::filesystem::path& file);

/// For those who find in a file more than kMaxGenerationData: throws Error(kInvalidArgument).
[[noreturn]] void fail_for_length(const std::string& file_name);

}  // namespace odsora
