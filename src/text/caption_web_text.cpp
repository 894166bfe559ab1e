#include "text/caption_web_text.h"

#include <array>

namespace odsora {
namespace {

constexpr CaptionView kFormats[] = {U"png", U"jpg", U"jpeg", U"bmp", U"webp", U"eps", U"pdf", U"apk", U"mp4"};

/// The length of the format's name at `position`; 0 if none is there.
size_t format_length(CaptionView caption, size_t position) {
  for (const CaptionView format : kFormats) {
    if (holds_at(caption, position, format)) return format.size();
  }
  return 0;
}

Caption delete_literal(CaptionView caption, CaptionView literal) {
  return replace_matches(caption, [literal](CaptionView text, size_t position) {
    return holds_at(text, position, literal) ? position + literal.size() : position;
  });
}

/// The end of `word` and at least one blank behind it; `position` if they are not there.
size_t word_and_blanks_end(CaptionView caption, size_t position, CaptionView word) {
  if (!holds_at(caption, position, word)) return position;
  const size_t end = run_end(caption, position + word.size(), is_space);
  return end == position + word.size() ? position : end;
}

/// The end of at least one blank and `word`; `position` if they are not there.
size_t blanks_and_word_end(CaptionView caption, size_t position, CaptionView word) {
  const size_t begin = run_end(caption, position, is_space);
  return begin > position && holds_at(caption, begin, word) ? begin + word.size() : position;
}

/// \d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}, within longer numbers too.
size_t dotted_quad_end(CaptionView caption, size_t position) {
  size_t end = position;
  for (int part = 0; part < 4; ++part) {
    if (part > 0) {
      if (end == caption.size() || caption[end] != U'.') return position;
      ++end;
    }
    const size_t digits = run_end(caption.substr(0, end + 3), end, is_digit);
    if (digits == end) return position;
    end = digits;
  }
  return end;
}

/// A digit, ':', two digits and the blanks that end the caption: what a clip's length leaves behind.
CaptionView without_time_at_end(CaptionView caption) {
  CaptionView rest = caption;
  while (!rest.empty() && is_space(rest.back())) rest.remove_suffix(1);
  if (rest.size() == caption.size() || rest.size() < 4) return caption;
  const CaptionView time = rest.substr(rest.size() - 4);
  const bool is_time = is_digit(time[0]) && time[1] == U':' && is_digit(time[2]) && is_digit(time[3]);
  return is_time ? rest.substr(0, rest.size() - time.size()) : caption;
}

/// `run` up to the last file name in it, \S+\.(?:png|…), leaves what is behind.
CaptionView without_file_name(CaptionView run) {
  for (size_t point = run.size(); point-- > 1;) {
    if (run[point] != U'.') continue;
    const size_t length = format_length(run, point + 1);
    if (length > 0) return run.substr(point + 1 + length);
  }
  return run;
}

/// (worldwide )?(free )?shipping.
size_t shipping_end(CaptionView caption, size_t position) {
  constexpr CaptionView kShipping = U"shipping";
  size_t begin = word_and_blanks_end(caption, position, U"worldwide");
  begin = word_and_blanks_end(caption, begin, U"free");
  return holds_at(caption, begin, kShipping) ? begin + kShipping.size() : position;
}

/// (free )?download( free)?.
size_t download_end(CaptionView caption, size_t position) {
  constexpr CaptionView kDownload = U"download";
  const size_t begin = word_and_blanks_end(caption, position, U"free");
  if (!holds_at(caption, begin, kDownload)) return position;
  return blanks_and_word_end(caption, begin + kDownload.size(), U"free");
}

/// \bclick (?:for|on) \w+.
size_t click_end(CaptionView caption, size_t position) {
  const size_t link = word_and_blanks_end(caption, position, U"click");
  if (link == position || !is_boundary(caption, position)) return position;
  for (const CaptionView preposition : {CaptionView(U"for"), CaptionView(U"on")}) {
    const size_t target = word_and_blanks_end(caption, link, preposition);
    if (target == link) continue;
    const size_t end = run_end(caption, target, is_word);
    if (end > target) return end;
  }
  return position;
}

/// \b(?:png|…)( images?)?: also the beginning of a longer word, "epsilon" becomes "ilon".
size_t format_end(CaptionView caption, size_t position) {
  const size_t length = format_length(caption, position);
  if (length == 0 || !is_boundary(caption, position)) return position;
  const size_t end = position + length;
  const size_t image_end = blanks_and_word_end(caption, end, U"image");
  if (image_end == end) return end;
  return holds_at(caption, image_end, U"s") ? image_end + 1 : image_end;
}

/// \bpage \d+\b.
size_t page_end(CaptionView caption, size_t position) {
  const size_t number = word_and_blanks_end(caption, position, U"page");
  if (number == position || !is_boundary(caption, position)) return position;
  const size_t end = run_end(caption, number, is_digit);
  return end > number && is_boundary(caption, end) ? end : position;
}

}  // namespace

Caption name_person(CaptionView caption) {
  constexpr CaptionView kPerson = U"<person>";
  const auto match_end = [kPerson](CaptionView text, size_t position) {
    return holds_at(text, position, kPerson) ? position + kPerson.size() : position;
  };
  return replace_matches(caption, match_end, U"person");
}

Caption delete_handles(CaptionView caption) {
  return replace_matches(caption, [](CaptionView text, size_t position) {
    if (text[position] != U'@') return position;
    const size_t end = run_end(text, position + 1, is_word);
    return end == position + 1 ? position : end;
  });
}

Caption delete_reference_remains(CaptionView caption) {
  const Caption unquoted = replace_matches(caption, [](CaptionView text, size_t position) {
    constexpr CaptionView kQuote = U"&quot";
    if (!holds_at(text, position, kQuote)) return position;
    const size_t end = position + kQuote.size();
    return holds_at(text, end, U";") ? end + 1 : end;
  });
  return delete_literal(unquoted, U"&amp");
}

Caption delete_addresses_and_times(CaptionView caption) {
  const Caption without_addresses = replace_matches(caption, dotted_quad_end, U" ");
  const auto line_break_end = [](CaptionView text, size_t position) {
    return holds_at(text, position, U"\\n") ? position + 2 : position;
  };
  return replace_matches(without_time_at_end(without_addresses), line_break_end, U" ");
}

Caption delete_file_names(CaptionView caption) {
  return replace_runs(
      caption, [](char32_t character) { return !is_space(character); }, without_file_name);
}

Caption delete_advertising(CaptionView caption) {
  Caption rest(caption);
  for (const auto& match_end : std::array{shipping_end, download_end, click_end, format_end, page_end}) {
    rest = replace_matches(rest, match_end);
  }
  return rest;
}

}  // namespace odsora
