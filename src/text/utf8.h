// UTF-8. What the standard forbids (overlong forms, surrogates, beyond U+10FFFF, cut characters) is refused in prompts.
#pragma once

#include <string>
#include <string_view>

namespace odsora {

/// The code points of a prompt. Throws Error(kInvalidArgument) naming the byte, its position (from 0) and the reason.
std::u32string decode_utf8(std::string_view prompt);

/// The code points of bytes from elsewhere: what is forbidden becomes U+FFFD, one for each byte that can begin nothing
/// and one for each longest beginning of a character, as the Unicode standard recommends and Python's "replace" does.
std::u32string decode_utf8_leniently(std::string_view bytes);

/// The inverse of decode_utf8; every code point must be a Unicode scalar value.
std::string encode_utf8(std::u32string_view code_points);

}  // namespace odsora
