#include "text/percent_decoding.h"

#include "text/utf8.h"

namespace odsora {
namespace {

/// 0 to 15, or -1.
int hexadecimal_value(char32_t digit) {
  if (is_ascii_digit(digit)) return static_cast<int>(digit - U'0');
  if (digit >= U'a' && digit <= U'f') return static_cast<int>(digit - U'a') + 10;
  if (digit >= U'A' && digit <= U'F') return static_cast<int>(digit - U'A') + 10;
  return -1;
}

/// The byte that %xx at `position` stands for, or -1.
int byte_at(CaptionView caption, size_t position) {
  if (caption[position] != U'%' || caption.size() - position < 3) return -1;
  const int high = hexadecimal_value(caption[position + 1]);
  const int low = hexadecimal_value(caption[position + 2]);
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

}  // namespace

Caption decode_percents(CaptionView caption) {
  Caption result;
  result.reserve(caption.size());
  for (size_t position = 0; position < caption.size();) {
    std::string bytes;
    for (; position < caption.size() && byte_at(caption, position) >= 0; position += 3) {
      bytes.push_back(static_cast<char>(byte_at(caption, position)));
    }
    if (!bytes.empty()) {
      result += decode_utf8_leniently(bytes);
    } else {
      result.push_back(caption[position] == U'+' ? U' ' : caption[position]);
      ++position;
    }
  }
  return result;
}

}  // namespace odsora
