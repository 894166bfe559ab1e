#include "text/utf8.h"

#include <cstdint>
#include <cstdio>

#include "base/error.h"

namespace odsora {
namespace {

[[noreturn]] void refuse(std::string_view prompt, size_t position, std::string_view reason) {
  char byte[5];
  std::snprintf(byte, sizeof(byte), "0x%02x", static_cast<uint8_t>(prompt[position]));
  fail(ErrorCode::kInvalidArgument, "the prompt is not valid UTF-8: byte ", byte, " at position ", position, " ",
       reason);
}

/// What the first byte of a character of several bytes says.
struct Lead {
  size_t length;    // bytes of the whole character; 0 if it cannot be a first byte
  char32_t bits;    // of the code point
  char32_t lowest;  // code point that needs this length
};

Lead read_lead(uint8_t byte) {
  if ((byte & 0xe0) == 0xc0) return {2, byte & 0x1fU, 0x80};
  if ((byte & 0xf0) == 0xe0) return {3, byte & 0x0fU, 0x800};
  if ((byte & 0xf8) == 0xf0) return {4, byte & 0x07U, 0x10000};
  return {0, 0, 0};
}

/// A character of several bytes, or what there is of it.
struct Character {
  size_t bytes;  // that belong together, at least 1
  char32_t code_point;
};

/// Whether some character that is not forbidden begins with these bits, `missing` bytes before its end.
bool can_become_character(const Lead& lead, char32_t bits, size_t missing) {
  const char32_t least = bits << (6 * missing);
  const char32_t most = least | ((1U << (6 * missing)) - 1);
  const bool only_surrogates = least >= 0xd800 && most <= 0xdfff;
  return most >= lead.lowest && least <= 0x10ffff && !only_surrogates;
}

Character read_leniently(std::string_view bytes) {
  constexpr char32_t kReplacement = 0xfffd;
  const Lead lead = read_lead(static_cast<uint8_t>(bytes[0]));
  if (lead.length == 0 || !can_become_character(lead, lead.bits, lead.length - 1)) return {1, kReplacement};
  char32_t code_point = lead.bits;
  for (size_t i = 1; i < lead.length; ++i) {
    const uint8_t next = i < bytes.size() ? static_cast<uint8_t>(bytes[i]) : 0;
    if ((next & 0xc0) != 0x80) return {i, kReplacement};
    code_point = (code_point << 6) | (next & 0x3fU);
    if (!can_become_character(lead, code_point, lead.length - 1 - i)) return {i, kReplacement};
  }
  return {lead.length, code_point};
}

}  // namespace

std::u32string decode_utf8(std::string_view prompt) {
  std::u32string code_points;
  code_points.reserve(prompt.size());
  for (size_t position = 0; position < prompt.size();) {
    const uint8_t first = static_cast<uint8_t>(prompt[position]);
    if (first < 0x80) {
      code_points.push_back(first);
      ++position;
      continue;
    }
    const Lead lead = read_lead(first);
    if (lead.length == 0) refuse(prompt, position, "cannot begin a character");
    char32_t code_point = lead.bits;
    for (size_t i = 1; i < lead.length; ++i) {
      if (position + i == prompt.size()) refuse(prompt, position, "begins a character that is cut off");
      const uint8_t next = static_cast<uint8_t>(prompt[position + i]);
      if ((next & 0xc0) != 0x80) refuse(prompt, position, "begins a character that is cut short");
      code_point = (code_point << 6) | (next & 0x3fU);
    }
    if (code_point < lead.lowest) refuse(prompt, position, "begins an overlong form");
    if (code_point >= 0xd800 && code_point <= 0xdfff) refuse(prompt, position, "begins a surrogate");
    if (code_point > 0x10ffff) refuse(prompt, position, "begins a character beyond U+10FFFF");
    code_points.push_back(code_point);
    position += lead.length;
  }
  return code_points;
}

std::u32string decode_utf8_leniently(std::string_view bytes) {
  std::u32string code_points;
  code_points.reserve(bytes.size());
  while (!bytes.empty()) {
    const uint8_t first = static_cast<uint8_t>(bytes[0]);
    const Character character = first < 0x80 ? Character{1, first} : read_leniently(bytes);
    code_points.push_back(character.code_point);
    bytes.remove_prefix(character.bytes);
  }
  return code_points;
}

std::string encode_utf8(std::u32string_view code_points) {
  std::string utf8;
  utf8.reserve(code_points.size());
  const auto append = [&utf8](char32_t byte) { utf8.push_back(static_cast<char>(byte)); };
  const auto append_tail = [&append](char32_t code_point, int shift) {
    for (; shift >= 0; shift -= 6) append(0x80 | ((code_point >> shift) & 0x3f));
  };
  for (const char32_t code_point : code_points) {
    if (code_point < 0x80) {
      append(code_point);
    } else if (code_point < 0x800) {
      append(0xc0 | (code_point >> 6));
      append_tail(code_point, 0);
    } else if (code_point < 0x10000) {
      append(0xe0 | (code_point >> 12));
      append_tail(code_point, 6);
    } else {
      append(0xf0 | (code_point >> 18));
      append_tail(code_point, 12);
    }
  }
  return utf8;
}

}  // namespace odsora
