#include "printable_text.h"

namespace odsora_cli {

std::string printable(std::string text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  for (size_t i = 0; i < text.size(); ++i) {
    const bool two_bytes = byte(i) == 0xC2 && i + 1 < text.size() && byte(i + 1) >= 0x80 && byte(i + 1) < 0xA0;
    if (byte(i) < 0x20 || byte(i) == 0x7F || two_bytes) text.replace(i, two_bytes ? 2 : 1, "?");
  }
  return text;
}

}  // namespace odsora_cli
