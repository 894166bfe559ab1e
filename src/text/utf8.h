// UTF-8, strictly: what the standard forbids (overlong forms, surrogates, beyond U+10FFFF, cut characters) is refused.
#pragma once

#include <string>
#include <string_view>

namespace odsora {

/// The code points of a prompt. Throws Error(kInvalidArgument) naming the byte, its position (from 0) and the reason.
std::u32string decode_utf8(std::string_view prompt);

/// The inverse of decode_utf8; every code point must be a Unicode scalar value.
std::string encode_utf8(std::u32string_view code_points);

}  // namespace odsora
