#include "video/generation_data.h"

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "video/container_comment.h"
#include "video/file_cursor.h"
#include "video/gif_comment.h"
#include "video/png_text.h"
#include "video/webp_xmp.h"

namespace odsora {
namespace {

constexpr size_t kMagicBytes = 12;

std::optional<std::string> find_data(const std::filesystem::path& file) {
  using std::string_view_literals::operator""sv;
  FileCursor cursor(file);
  const std::string magic = cursor.text(static_cast<size_t>(std::min<uint64_t>(kMagicBytes, cursor.left())));
  cursor.seek(0);
  const auto holds = [&](size_t at, std::string_view part) {
    return magic.size() > at && magic.substr(at).starts_with(part);
  };
  if (holds(0, "\x89PNG\r\n\x1a\n"sv)) return find_png_text(cursor);
  if (holds(0, "GIF87a"sv) || holds(0, "GIF89a"sv)) return find_gif_comment(cursor);
  if (holds(0, "RIFF"sv) && holds(8, "WEBP"sv)) return find_webp_xmp(cursor);
  if (holds(0, "\x1a\x45\xdf\xa3"sv) || holds(4, "ftyp"sv)) return find_container_comment(file);
  fail(ErrorCode::kInvalidArgument, file.string(), ": expected an MP4, WebM, GIF, WebP or PNG file, found another");
}

}  // namespace

void fail_for_length(const std::string& file_name) {
  fail(ErrorCode::kInvalidArgument, file_name, ": what the file tells of how it was made is longer than ",
       kMaxGenerationData, " bytes");
}

std::string read_generation_data(const std::filesystem::path& file) {
  std::optional<std::string> data = find_data(file);
  if (!data) fail(ErrorCode::kInvalidArgument, file.string(), ": the file does not tell how it was made with odsora");
  if (data->size() > kMaxGenerationData) fail_for_length(file.string());
  return std::move(*data);
}

}  // namespace odsora
