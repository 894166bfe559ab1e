#include "text/caption_cleaner.h"

#include "text/character_class.h"
#include "text/utf8.h"

namespace odsora {
namespace {

using Caption = std::u32string;
using Text = std::u32string_view;

bool contains(Text characters, char32_t character) { return characters.find(character) != Text::npos; }

Caption strip(Text caption) {
  while (!caption.empty() && is_space(caption.front())) caption.remove_prefix(1);
  while (!caption.empty() && is_space(caption.back())) caption.remove_suffix(1);
  return Caption(caption);
}

/// Every run of characters that `belongs` accepts becomes one blank.
template <typename Predicate>
Caption blank_runs(Text caption, Predicate belongs) {
  Caption result;
  result.reserve(caption.size());
  bool in_run = false;
  for (const char32_t character : caption) {
    if (!belongs(character)) {
      result.push_back(character);
    } else if (!in_run) {
      result.push_back(U' ');
    }
    in_run = belongs(character);
  }
  return result;
}

Caption strip_and_lower_case(Text caption) { return lower_case(strip(caption)); }

/// One kind of double and one kind of single quote.
Caption unify_quotes(Text caption) {
  Caption result(caption);
  for (char32_t& character : result) {
    if (contains(U"`\u00b4\u00ab\u00bb\u201c\u201d\u00a8", character)) character = U'"';
    if (contains(U"\u2018\u2019", character)) character = U'\'';
  }
  return result;
}

Caption blank_symbols(Text caption) {
  constexpr Text kSymbols = U"#\u00ae\u2022\u00a9\u2122&@\u00b7\u00ba\u00bd\u00be\u00bf\u00a1\u00a7~)(][}{|\\/*";
  return blank_runs(caption, [](char32_t character) { return contains(kSymbols, character); });
}

/// re.sub(r"(\D)([,./])\b", r"\1\2 "): "cat,dog" becomes "cat, dog", "3,000" stays. Behind a mark, which is no word
/// character, \b means that a word character follows; so two matches never overlap.
Caption space_after_marks(Text caption) {
  Caption result;
  result.reserve(caption.size());
  for (size_t i = 0; i < caption.size(); ++i) {
    result.push_back(caption[i]);
    const bool after_non_digit = i > 0 && !is_digit(caption[i - 1]);
    const bool before_word = i + 1 < caption.size() && is_word(caption[i + 1]);
    if (contains(U",./", caption[i]) && after_non_digit && before_word) result.push_back(U' ');
  }
  return result;
}

Caption collapse_spaces(Text caption) { return blank_runs(caption, is_space); }

struct Step {
  int number;  // in Open-Sora's order, where the whole cleaner has 27 steps
  Caption (*apply)(Text);
};

constexpr Step kSteps[] = {
    {2, strip_and_lower_case}, {9, unify_quotes},     {15, blank_symbols},
    {24, space_after_marks},   {25, collapse_spaces}, {27, strip},
};

constexpr int kPasses = 2;

}  // namespace

std::string clean_caption(std::string_view caption) {
  Caption cleaned = decode_utf8(caption);
  for (int pass = 0; pass < kPasses; ++pass) {
    for (const Step& step : kSteps) cleaned = step.apply(cleaned);
  }
  return encode_utf8(cleaned);
}

}  // namespace odsora
