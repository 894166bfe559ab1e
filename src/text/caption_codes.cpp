#include "text/caption_codes.h"

#include <algorithm>

namespace odsora {
namespace {

/// A word cut into runs of letters and runs of digits, as far as it is made of these.
struct CodeShape {
  bool begins_with_digits;
  int runs;
  size_t first_run, second_run;  // lengths
  bool is_whole;                 // the word holds nothing else
};

CodeShape shape_of(CaptionView word) {
  CodeShape shape{!word.empty() && is_digit(word.front()), 0, 0, 0, false};
  size_t position = 0;
  while (position < word.size()) {
    const bool digits = is_digit(word[position]);
    const size_t end = digits ? run_end(word, position, is_digit) : run_end(word, position, is_ascii_letter);
    if (end == position) return shape;
    ++shape.runs;
    if (shape.runs == 1) shape.first_run = end - position;
    if (shape.runs == 2) shape.second_run = end - position;
    position = end;
  }
  shape.is_whole = true;
  return shape;
}

/// \b[a-zA-Z]{1,3}\d{3,15}\b, \b[a-zA-Z]+\d+[a-zA-Z]+\b or \b\d+[a-zA-Z]+\d+\b.
bool is_code(CaptionView word) {
  const CodeShape shape = shape_of(word);
  if (!shape.is_whole) return false;
  if (shape.runs == 3) return true;
  return shape.runs == 2 && !shape.begins_with_digits && shape.first_run <= 3 && shape.second_run >= 3 &&
         shape.second_run <= 15;
}

/// \b\d*[a-zA-Z]+\d+[a-zA-Z]+\d+[a-zA-Z\d]*\b.
bool is_mixed_code(CaptionView word) {
  const CodeShape shape = shape_of(word);
  return shape.is_whole && shape.runs - (shape.begins_with_digits ? 1 : 0) >= 4;
}

bool is_long_number(CaptionView word) { return word.size() >= 6 && std::all_of(word.begin(), word.end(), is_digit); }

/// #\d{1,3}\b or #\d{5,}\b: the whole run of digits, which no other word character continues.
size_t numbered_end(CaptionView caption, size_t position) {
  if (caption[position] != U'#') return position;
  const size_t end = run_end(caption, position + 1, is_digit);
  const size_t digits = end - (position + 1);
  const bool goes_on = end < caption.size() && is_word(caption[end]);
  return digits == 0 || digits == 4 || goes_on ? position : end;
}

bool holds_digit_at(CaptionView caption, size_t position) {
  return position < caption.size() && is_digit(caption[position]);
}

/// \d+\.?\d*\b behind the sign, `begin` being a digit. Where the word goes on behind the fraction ("2.5cm"), re gives
/// back the fraction's digits, because \b holds between the point and them.
size_t second_factor_end(CaptionView caption, size_t begin) {
  const size_t whole_end = run_end(caption, begin, is_digit);
  if (whole_end < caption.size() && caption[whole_end] == U'.') {
    const size_t fraction_end = run_end(caption, whole_end + 1, is_digit);
    if (is_boundary(caption, fraction_end)) return fraction_end;
    return fraction_end > whole_end + 1 ? whole_end + 1 : whole_end;
  }
  return is_boundary(caption, whole_end) ? whole_end : begin;
}

/// \b\d+\.?\d*[xх×]\d+\.?\d*\b with a Latin and a Cyrillic letter and the sign.
size_t size_end(CaptionView caption, size_t position) {
  if (!is_digit(caption[position]) || !is_boundary(caption, position)) return position;
  size_t sign = run_end(caption, position, is_digit);
  if (sign < caption.size() && caption[sign] == U'.') sign = run_end(caption, sign + 1, is_digit);
  if (sign == caption.size() || !is_one_of(U"x\u0445\u00d7", caption[sign])) return position;
  if (!holds_digit_at(caption, sign + 1)) return position;
  const size_t end = second_factor_end(caption, sign + 1);
  return end == sign + 1 ? position : end;
}

}  // namespace

Caption delete_long_numbers(CaptionView caption) {
  return replace_words(replace_matches(caption, numbered_end), is_long_number, {});
}

Caption delete_codes(CaptionView caption) { return replace_words(caption, is_code, {}); }

Caption blank_mixed_codes(CaptionView caption) { return replace_words(caption, is_mixed_code, U" "); }

Caption delete_sizes(CaptionView caption) { return replace_matches(caption, size_end); }

}  // namespace odsora
