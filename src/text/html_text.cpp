#include "text/html_text.h"

#include <cstdint>
#include <vector>

#include "text/character_references.h"

namespace odsora {
namespace {

constexpr size_t kNone = CaptionView::npos;

/// Finds where start tags end. One that never ends makes no later one scan the same characters in the same state again,
/// so all scans together are linear.
class StartTagScanner {
 public:
  explicit StartTagScanner(CaptionView caption) : caption_(caption) {}

  /// Behind the '>' of the tag whose '<' is at `begin`, or kNone. Each call must begin behind the tag found before.
  size_t tag_end(size_t begin) {
    State state = kName;
    for (size_t position = begin + 1; position < caption_.size(); ++position) {
      if (was_in(state, position)) return kNone;
      const char32_t character = caption_[position];
      if (character == U'>' && !is_in_quotes(state)) return position + 1;
      state = next(state, character);
    }
    return kNone;
  }

 private:
  enum State : uint8_t { kName, kAttributes, kBehindEqualsSign, kInDoubleQuotes, kInSingleQuotes };

  static bool is_in_quotes(State state) { return state == kInDoubleQuotes || state == kInSingleQuotes; }

  static State next(State state, char32_t character) {
    if (state == kInDoubleQuotes) return character == U'"' ? kAttributes : kInDoubleQuotes;
    if (state == kInSingleQuotes) return character == U'\'' ? kAttributes : kInSingleQuotes;
    if (state == kName) return is_one_of(U"\t\n\r\f /", character) ? kAttributes : kName;
    if (character == U'=') return kBehindEqualsSign;
    if (state == kAttributes) return kAttributes;
    if (character == U'"') return kInDoubleQuotes;
    if (character == U'\'') return kInSingleQuotes;
    return is_space(character) ? kBehindEqualsSign : kAttributes;
  }

  /// Remembers, too. A scan that succeeded leaves nothing that a later call meets.
  bool was_in(State state, size_t position) {
    if (seen_.empty()) seen_.resize(caption_.size());
    const uint8_t bit = static_cast<uint8_t>(1U << state);
    const bool was = (seen_[position] & bit) != 0;
    seen_[position] |= bit;
    return was;
  }

  CaptionView caption_;
  std::vector<uint8_t> seen_;  // a bit for each state in which a scan was at the character
};

class HtmlScanner {
 public:
  explicit HtmlScanner(CaptionView caption)
      : caption_(caption), start_tags_(caption), last_close_(caption.rfind(U'>')) {}

  Caption text() {
    while (position_ < caption_.size()) {
      if (!begins_markup()) {
        ++position_;
        continue;
      }
      const size_t end = markup_end();
      if (end == kNone) {
        position_ = unclosed_end();
      } else {
        keep_text();
        skip_to(end);
      }
    }
    keep_text();
    return result_;
  }

 private:
  bool begins_markup() const {
    if (caption_[position_] != U'<' || position_ + 1 == caption_.size()) return false;
    const char32_t next = caption_[position_ + 1];
    return is_ascii_letter(next) || is_one_of(U"/!?", next);
  }

  /// Behind the markup that begins here, or kNone if it is not closed.
  size_t markup_end() {
    if (holds_at(caption_, position_, U"<!--")) return comment_end();
    if (is_ascii_letter(caption_[position_ + 1])) return has_close_behind() ? start_tags_.tag_end(position_) : kNone;
    return close_end(position_ + 2);
  }

  /// -- and '>' with blanks between them at most.
  size_t comment_end() {
    if (no_comment_ends_) return kNone;
    for (size_t dashes = caption_.find(U"--", position_ + 4); dashes != kNone;
         dashes = caption_.find(U"--", dashes + 1)) {
      const size_t close = run_end(caption_, dashes + 2, is_space);
      if (holds_at(caption_, close, U">")) return close + 1;
    }
    no_comment_ends_ = true;
    return kNone;
  }

  bool has_close_behind() const { return last_close_ != kNone && last_close_ > position_; }

  /// Behind the first '>' from `begin` on, or kNone.
  size_t close_end(size_t begin) const {
    if (!has_close_behind()) return kNone;
    const size_t close = caption_.find(U'>', begin);
    return close == kNone ? kNone : close + 1;
  }

  size_t unclosed_end() const {
    if (has_close_behind()) return close_end(position_ + 1);
    const size_t next = caption_.find(U'<', position_ + 1);
    return next == kNone ? position_ + 1 : next;
  }

  /// Goes on at `end`, where the markup that begins here ends, or behind the script or style that it opens.
  void skip_to(size_t end) {
    const CaptionView tag = caption_.substr(position_ + 1, end - position_ - 2);
    position_ = kept_ = end;
    if (tag.ends_with(U'/')) return;
    const size_t name_end = run_end(tag, 0, [](char32_t character) { return !is_one_of(U"\t\n\r\f />", character); });
    const Caption name = lower_case(tag.substr(0, name_end));
    if (name == U"script" || name == U"style") position_ = kept_ = raw_text_end(name);
  }

  /// Behind the end tag of `name`, or the end of the caption.
  size_t raw_text_end(CaptionView name) const {
    for (size_t tag = caption_.find(U"</", position_); tag != kNone; tag = caption_.find(U"</", tag + 2)) {
      const size_t name_begin = run_end(caption_, tag + 2, is_space);
      if (lower_case(caption_.substr(name_begin, name.size())) != name) continue;
      const size_t close = run_end(caption_, name_begin + name.size(), is_space);
      if (holds_at(caption_, close, U">")) return close + 1;
    }
    return caption_.size();
  }

  void keep_text() {
    if (kept_ < position_) result_ += decode_character_references(caption_.substr(kept_, position_ - kept_));
    kept_ = position_;
  }

  CaptionView caption_;
  StartTagScanner start_tags_;
  size_t last_close_;  // of all '>', or kNone
  bool no_comment_ends_ = false;
  size_t position_ = 0;
  size_t kept_ = 0;  // the text from here to position_ is not in the result yet
  Caption result_;
};

}  // namespace

Caption text_of_html(CaptionView caption) { return HtmlScanner(caption).text(); }

}  // namespace odsora
