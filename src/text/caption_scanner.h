// How the steps of the caption cleaner walk over a caption: what Python's re.sub does with one simple pattern, forwards
// only, without recursion. A step stays linear as long as no character is looked at from more than a few positions.
#pragma once

#include <string>
#include <string_view>

#include "text/character_class.h"

namespace odsora {

using Caption = std::u32string;
using CaptionView = std::u32string_view;

inline bool is_one_of(CaptionView characters, char32_t character) {
  return characters.find(character) != CaptionView::npos;
}

inline bool is_ascii_letter(char32_t character) {
  return (character >= U'a' && character <= U'z') || (character >= U'A' && character <= U'Z');
}

inline bool is_ascii_digit(char32_t character) { return character >= U'0' && character <= U'9'; }

/// Whether the caption holds `word` at `position`, which may be its end or beyond.
inline bool holds_at(CaptionView caption, size_t position, CaptionView word) {
  return position < caption.size() && caption.substr(position, word.size()) == word;
}

/// \b between the characters before and at `position`, which may be the end.
inline bool is_boundary(CaptionView caption, size_t position) {
  const bool behind_word = position > 0 && is_word(caption[position - 1]);
  const bool before_word = position < caption.size() && is_word(caption[position]);
  return behind_word != before_word;
}

/// The end of the run of characters that `belongs` accepts, which begins at `position`; `position` if it is empty.
template <typename Predicate>
size_t run_end(CaptionView caption, size_t position, Predicate belongs) {
  while (position < caption.size() && belongs(caption[position])) ++position;
  return position;
}

/// Each match becomes `replacement`, from left to right. match_end(caption, position) is the end of the match that
/// begins at `position`, or `position` if none does.
template <typename Match>
Caption replace_matches(CaptionView caption, Match match_end, CaptionView replacement = {}) {
  Caption result;
  result.reserve(caption.size());
  for (size_t position = 0; position < caption.size();) {
    const size_t end = match_end(caption, position);
    if (end == position) {
      result.push_back(caption[position++]);
    } else {
      result += replacement;
      position = end;
    }
  }
  return result;
}

/// Each maximal run of characters that `belongs` accepts becomes what `replace(run)` returns, a CaptionView.
template <typename Predicate, typename Replace>
Caption replace_runs(CaptionView caption, Predicate belongs, Replace replace) {
  Caption result;
  result.reserve(caption.size());
  for (size_t position = 0; position < caption.size();) {
    const size_t end = run_end(caption, position, belongs);
    if (end == position) {
      result.push_back(caption[position++]);
    } else {
      result += replace(caption.substr(position, end - position));
      position = end;
    }
  }
  return result;
}

/// Each word, a maximal run of \w, that `goes` accepts becomes `replacement`. A pattern \b…\b whose characters are all
/// \w matches nothing else.
template <typename Predicate>
Caption replace_words(CaptionView caption, Predicate goes, CaptionView replacement) {
  return replace_runs(caption, is_word, [&](CaptionView word) { return goes(word) ? replacement : word; });
}

}  // namespace odsora
