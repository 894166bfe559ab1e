// HTML's character references: "&amp;", "&#233;", "&#xe9;".
#pragma once

#include <string>
#include <string_view>

namespace odsora {

/// What Python's html.unescape does, once. Numeric references: all, with the HTML standard's replacements for those
/// that mean Windows-1252, U+FFFD for zero, surrogates and beyond U+10FFFF, and nothing for other controls and
/// noncharacters. Named references: the 188 names of HTML 4 that have no capital, and apos; those of Latin-1 and amp,
/// lt, gt and quot also without ';'. A caption is in small letters when its references are read, so names with capitals
/// are absent, as are the 1,900 names that only HTML 5 has. What is no reference stays as it is.
std::u32string decode_character_references(std::u32string_view text);

}  // namespace odsora
