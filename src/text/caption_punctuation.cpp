#include "text/caption_punctuation.h"

#include <algorithm>

namespace odsora {
namespace {

bool is_quote(char32_t character) { return character == U'"' || character == U'\''; }

bool is_dash_or_underscore(char32_t character) { return character == U'-' || character == U'_'; }

template <typename Predicate>
Caption replace_each_run(CaptionView caption, Predicate belongs, CaptionView replacement) {
  return replace_runs(caption, belongs, [replacement](CaptionView) { return replacement; });
}

/// A run of blanks can only match from its first one, because the pattern takes them all.
bool begins_blanks(CaptionView caption, size_t position) {
  return is_space(caption[position]) && (position == 0 || !is_space(caption[position - 1]));
}

/// The end of blanks, `mark`, blanks that begin at `position`.
size_t mark_between_blanks_end(CaptionView caption, size_t position, char32_t mark) {
  if (!begins_blanks(caption, position)) return position;
  const size_t mark_position = run_end(caption, position, is_space);
  if (mark_position == caption.size() || caption[mark_position] != mark) return position;
  const size_t end = run_end(caption, mark_position + 1, is_space);
  return end == mark_position + 1 ? position : end;
}

}  // namespace

Caption strip(CaptionView caption) {
  while (!caption.empty() && is_space(caption.front())) caption.remove_prefix(1);
  while (!caption.empty() && is_space(caption.back())) caption.remove_suffix(1);
  return Caption(caption);
}

Caption strip_and_lower_case(CaptionView caption) { return lower_case(strip(caption)); }

/// Strokes, phonetic extensions of Katakana, enclosed and squared characters, ideographs and hexagrams: the blocks are
/// neighbours.
Caption delete_cjk(CaptionView caption) {
  Caption result(caption);
  std::erase_if(result, [](char32_t character) { return character >= 0x31c0 && character <= 0x9fff; });
  return result;
}

Caption unify_dashes(CaptionView caption) {
  static constexpr CaptionView kDashes =
      U"-\u058a\u05be\u1400\u1806\u2010\u2011\u2012\u2013\u2014\u2015\u2e17\u2e1a\u2e3a\u2e3b\u2e40\u301c\u3030\u30a0"
      U"\ufe31\ufe32\ufe58\ufe63\uff0d";
  return replace_each_run(
      caption, [](char32_t character) { return is_one_of(kDashes, character); }, U"-");
}

Caption unify_quotes(CaptionView caption) {
  Caption result(caption);
  for (char32_t& character : result) {
    if (is_one_of(U"`\u00b4\u00ab\u00bb\u201c\u201d\u00a8", character)) character = U'"';
    if (is_one_of(U"\u2018\u2019", character)) character = U'\'';
  }
  return result;
}

/// Single ones stay. A run of both kinds of quotes becomes a double one.
Caption collapse_quotes_and_stops(CaptionView caption) {
  const Caption quoted =
      replace_runs(caption, is_quote, [](CaptionView run) { return run.size() > 1 ? CaptionView(U"\"") : run; });
  return replace_runs(
      quoted, [](char32_t character) { return character == U'.'; },
      [](CaptionView run) { return run.size() > 1 ? CaptionView(U" ") : run; });
}

Caption blank_symbols(CaptionView caption) {
  static constexpr CaptionView kSymbols =
      U"#\u00ae\u2022\u00a9\u2122&@\u00b7\u00ba\u00bd\u00be\u00bf\u00a1\u00a7~)(][}{|\\/*";
  return replace_each_run(
      caption, [](char32_t character) { return is_one_of(kSymbols, character); }, U" ");
}

Caption blank_lone_stops(CaptionView caption) {
  return replace_matches(
      caption, [](CaptionView text, size_t position) { return mark_between_blanks_end(text, position, U'.'); }, U" ");
}

Caption blank_many_dashes(CaptionView caption) {
  constexpr auto kMostThatStay = 3;
  Caption result(caption);
  if (std::count_if(result.begin(), result.end(), is_dash_or_underscore) > kMostThatStay) {
    std::replace_if(result.begin(), result.end(), is_dash_or_underscore, U' ');
  }
  return result;
}

/// Before blanks, which are no word characters, \b means that a word character precedes.
Caption tidy_colons(CaptionView caption) {
  const auto match_end = [](CaptionView text, size_t position) {
    const bool behind_word = position > 0 && is_word(text[position - 1]);
    return behind_word ? mark_between_blanks_end(text, position, U':') : position;
  };
  return replace_matches(caption, match_end, U": ");
}

/// re.sub(r"(\D)([,./])\b", r"\1\2 "): "3,000" stays. Behind a mark, which is no word character, \b means that a word
/// character follows; so two matches never overlap.
Caption space_after_marks(CaptionView caption) {
  Caption result;
  result.reserve(caption.size());
  for (size_t i = 0; i < caption.size(); ++i) {
    result.push_back(caption[i]);
    if (!is_one_of(U",./", caption[i])) continue;
    const bool after_non_digit = i > 0 && !is_digit(caption[i - 1]);
    const bool before_word = i + 1 < caption.size() && is_word(caption[i + 1]);
    if (after_non_digit && before_word) result.push_back(U' ');
  }
  return result;
}

Caption collapse_spaces(CaptionView caption) { return replace_each_run(caption, is_space, U" "); }

/// In this order: the pair of quotes, one mark in front, one mark behind (a full stop stays), and the whole if it is a
/// full stop with something but no blank behind it.
Caption trim_ends(CaptionView caption) {
  if (caption.size() > 2 && is_quote(caption.front()) && is_quote(caption.back())) {
    caption.remove_prefix(1);
    caption.remove_suffix(1);
  }
  if (!caption.empty() && is_one_of(U"'_,-:;", caption.front())) caption.remove_prefix(1);
  if (!caption.empty() && is_one_of(U"'_,-:+", caption.back())) caption.remove_suffix(1);
  const bool is_extension =
      caption.size() > 1 && caption.front() == U'.' && std::none_of(caption.begin(), caption.end(), is_space);
  return is_extension ? Caption() : Caption(caption);
}

}  // namespace odsora
