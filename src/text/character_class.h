// What Python's str and re know about a code point, as far as prompts need it. Nothing here asks the locale.
#pragma once

#include <string>
#include <string_view>

namespace odsora {

/// Python's str.isspace(), which is also \s of re.
bool is_space(char32_t code_point);

/// \d of re for ASCII, Arabic, Devanagari and full-width digits.
bool is_digit(char32_t code_point);

/// Approximates \w of re: ASCII letters, digits and '_', and from U+0080 on all but the blocks of controls, blanks,
/// punctuation, combining accents, symbols, emoji and private use. Differs from Python inside scripts that mix letters
/// with signs of their own (Hebrew points, Indic vowel signs, Arabic punctuation …), which count as words here.
bool is_word(char32_t code_point);

/// str.lower() for Latin (ASCII, Latin-1, Extended-A, Extended Additional), Greek, Cyrillic and full-width letters.
/// Other scripts stay as they are; a capital sigma becomes σ at the end of a word too.
std::u32string lower_case(std::u32string_view text);

}  // namespace odsora
