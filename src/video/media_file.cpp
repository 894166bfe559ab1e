#include "video/media_file.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <string_view>

#include "base/error.h"

namespace odsora {
namespace {

constexpr size_t kSignatureBytes = 12;
constexpr size_t kWindowBytes = 4096;

/// What a reader of files says as what it means here: the user named a file that cannot be used.
template <typename Act>
auto as_invalid_argument(const Act& act) {
  try {
    return act();
  } catch (const Error& error) {
    throw Error(ErrorCode::kInvalidArgument, error.what());
  }
}

MediaKind kind_of(const InputFile& file) {
  std::array<char, kSignatureBytes> bytes{};
  const size_t present = static_cast<size_t>(std::min<uint64_t>(file.size(), bytes.size()));
  as_invalid_argument([&] { file.read(0, std::as_writable_bytes(std::span(bytes).first(present))); });
  const std::string_view start(bytes.data(), bytes.size());
  if (start.starts_with("\x89PNG\r\n\x1a\n")) return MediaKind::kPng;
  if (start.starts_with("\xff\xd8\xff")) return MediaKind::kJpeg;
  if (start.starts_with("GIF87a") || start.starts_with("GIF89a")) return MediaKind::kGif;
  if (start.starts_with("BM")) return MediaKind::kBmp;
  if (start.starts_with("\x1a\x45\xdf\xa3")) return MediaKind::kMatroska;
  if (start.starts_with("RIFF") && start.substr(8) == "WEBP") return MediaKind::kWebp;
  if (start.starts_with("RIFF") && start.substr(8) == "AVI ") return MediaKind::kAvi;
  for (const char* box : {"ftyp", "moov", "mdat", "wide", "free", "skip"}) {
    if (start.substr(4, 4) == box) return MediaKind::kMov;
  }
  fail(
      ErrorCode::kInvalidArgument, file.name(),
      ": this is no picture or video that can be read; expected PNG, JPEG, WebP, BMP, GIF, MP4, MOV, WebM, MKV or AVI");
}

}  // namespace

MediaFile::MediaFile(const std::filesystem::path& path)
    : file_(as_invalid_argument([&] { return InputFile(path); })), kind_(kind_of(file_)) {}

void MediaFile::read(uint64_t offset, std::span<uint8_t> bytes) {
  const bool fits = offset <= size() && bytes.size() <= std::min<uint64_t>(size() - offset, kWindowBytes);
  if (!fits) {
    as_invalid_argument([&] { file_.read(offset, std::as_writable_bytes(bytes)); });
    return;
  }
  const bool is_there = offset >= window_offset_ && offset + bytes.size() <= window_offset_ + window_.size();
  if (!is_there) {
    window_.resize(static_cast<size_t>(std::min<uint64_t>(size() - offset, kWindowBytes)));
    window_offset_ = offset;
    as_invalid_argument([&] { file_.read(offset, std::as_writable_bytes(std::span(window_))); });
  }
  std::copy_n(window_.begin() + static_cast<ptrdiff_t>(offset - window_offset_), bytes.size(), bytes.begin());
}

}  // namespace odsora
