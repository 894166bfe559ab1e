#include "video/webp_xmp.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "video/generation_data.h"

namespace odsora {
namespace {

// XMP specification part 1 (ISO 16684-1), 7.3.2: the identifier is the same in every packet.
constexpr std::string_view kBeforeElement =
    "<?xpacket begin=\"\xEF\xBB\xBF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>"
    "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">"
    "<rdf:Description rdf:about=\"\" xmlns:odsora=\"urn:odsora:1\">";
constexpr std::string_view kBegin = "<odsora:generation>", kEnd = "</odsora:generation>";
constexpr std::string_view kAfterElement = "</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end=\"r\"?>";

// A carriage return as it is would be read as a line feed.
constexpr std::array<std::pair<char, std::string_view>, 6> kEscapes = {
    {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'\r', "&#13;"}, {'"', "&quot;"}, {'\'', "&apos;"}}};

// Five bytes for one is the most that escaping makes of a text, and others may have added properties of their own.
constexpr uint64_t kLongestPacket = 5 * kMaxGenerationData + 64 * 1024;

std::string escape(std::string_view text) {
  std::string escaped;
  for (const char letter : text) {
    constexpr std::string_view kNeedIt = "&<>\r";
    if (kNeedIt.find(letter) == std::string_view::npos) {
      escaped += letter;
    } else {
      escaped +=
          std::find_if(kEscapes.begin(), kEscapes.end(), [&](auto& pair) { return pair.first == letter; })->second;
    }
  }
  return escaped;
}

/// Nothing if there is an escape that is not in our list.
std::optional<std::string> unescape(std::string_view text) {
  std::string plain;
  while (!text.empty()) {
    if (text.front() != '&') {
      plain += text.front();
      text.remove_prefix(1);
      continue;
    }
    const auto found =
        std::find_if(kEscapes.begin(), kEscapes.end(), [&](auto& pair) { return text.starts_with(pair.second); });
    if (found == kEscapes.end()) return {};
    plain += found->first;
    text.remove_prefix(found->second.size());
  }
  return plain;
}

std::optional<std::string> data_of(std::string_view packet) {
  const size_t begin = packet.find(kBegin);
  if (begin == std::string_view::npos) return {};
  packet.remove_prefix(begin + kBegin.size());
  const size_t end = packet.find(kEnd);
  if (end == std::string_view::npos) return {};
  std::optional<std::string> data = unescape(packet.substr(0, end));
  if (!data || !is_generation_data(*data)) return {};
  return data;
}

}  // namespace

std::string xmp_packet(const std::string& data) {
  return join(kBeforeElement, kBegin, escape(data), kEnd, kAfterElement);
}

std::optional<std::string> find_webp_xmp(FileCursor& file) {
  file.skip(4);
  const uint64_t end = uint64_t{8} + file.little_endian32();
  file.skip(4);
  while (file.position() < end) {
    const std::string kind = file.text(4);
    const uint64_t length = file.little_endian32();
    const uint64_t next = file.position() + length + length % 2;
    if (kind == "XMP " && length <= kLongestPacket) {
      if (std::optional<std::string> data = data_of(file.text(static_cast<size_t>(length)))) return data;
    }
    file.seek(next);
  }
  return {};
}

}  // namespace odsora
