#include "video/png_text.h"

extern "C" {
#include <libavutil/crc.h>
}

#include <string_view>

#include "base/error.h"
#include "video/generation_data.h"

namespace odsora {
namespace {

using std::string_view_literals::operator""sv;

// PNG, third edition, 11.3.3.4: keyword, 0, compression flag and method, language tag, 0, translated keyword, 0, text.
constexpr std::string_view kKeyword = "odsora\0"sv;
constexpr std::string_view kUncompressedWithoutLanguage = "\0\0\0\0"sv;
constexpr uint64_t kSignatureBytes = 8;
constexpr uint64_t kMostBesidesText = 1024;  // of language and translated keyword, which others may have written

uint32_t crc_of(std::string_view type_and_data) {
  constexpr uint32_t kAllOnes = 0xFFFFFFFF;
  return av_crc(av_crc_get_table(AV_CRC_32_IEEE_LE), kAllOnes, reinterpret_cast<const uint8_t*>(type_and_data.data()),
                type_and_data.size()) ^
         kAllOnes;
}

std::string big_endian(uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift);
  return bytes;
}

/// The text of an iTXt chunk's fields after the keyword, if it is not compressed.
std::optional<std::string> text_of(std::string_view fields) {
  if (fields.size() < 2 || fields[0] != '\0') return {};
  fields.remove_prefix(2);
  for (int skipped = 0; skipped < 2; ++skipped) {  // language, translated keyword
    const size_t end = fields.find('\0');
    if (end == std::string_view::npos) return {};
    fields.remove_prefix(end + 1);
  }
  return std::string(fields);
}

}  // namespace

std::string png_text_chunk(const std::string& data) {
  constexpr std::string_view kType = "iTXt";
  const std::string body = join(kType, kKeyword, kUncompressedWithoutLanguage, data);
  return join(big_endian(static_cast<uint32_t>(body.size() - kType.size())), body, big_endian(crc_of(body)));
}

std::optional<std::string> find_png_text(FileCursor& file) {
  file.skip(kSignatureBytes);
  while (true) {
    const uint64_t length = file.big_endian32();
    const std::string type = file.text(4);
    const uint64_t end = file.position() + length + 4;  // after the CRC
    if (type == "IEND") return {};
    if (type == "iTXt" && length > kKeyword.size()) {
      const std::string keyword = file.text(kKeyword.size());
      if (keyword == kKeyword) {
        const uint64_t rest = length - kKeyword.size();
        if (rest > kMaxGenerationData + kMostBesidesText) fail_for_length(file.name());
        const std::string fields = file.text(static_cast<size_t>(rest));
        if (file.big_endian32() != crc_of(type + keyword + fields)) file.fail_with("a PNG chunk does not fit its CRC");
        std::optional<std::string> text = text_of(fields);
        if (text && is_generation_data(*text)) return text;
      }
    }
    file.seek(end);
  }
}

}  // namespace odsora
