#include "text/web_address.h"

#include <initializer_list>

namespace odsora {
namespace {

constexpr size_t kNone = CaptionView::npos;

bool is_of_host(char32_t character) {
  return is_ascii_letter(character) || is_ascii_digit(character) || character == U'.' || character == U'-';
}

bool is_of_path(char32_t character) { return is_word(character) || character == U'/' || character == U'-'; }

/// scheme(?:/{1,3}|[a-zA-Z0-9%]) for the first scheme that fits.
size_t scheme_end(CaptionView caption, size_t position, std::initializer_list<CaptionView> schemes) {
  for (const CaptionView scheme : schemes) {
    if (!holds_at(caption, position, scheme)) continue;
    const size_t end = position + scheme.size();
    if (end == caption.size()) continue;
    const size_t slashes_end =
        run_end(caption.substr(0, end + 3), end, [](char32_t character) { return character == U'/'; });
    if (slashes_end > end) return slashes_end;
    if (is_ascii_letter(caption[end]) || is_ascii_digit(caption[end]) || caption[end] == U'%') return end + 1;
  }
  return position;
}

/// [\w/-]*\b/?(?!@) behind the domain that ends at `begin`: the longest way to match it, or kNone. '@' is not of the
/// path, so only the very end of the path can stand before it.
size_t path_end(CaptionView caption, size_t begin) {
  for (size_t end = run_end(caption, begin, is_of_path);; --end) {
    if (is_boundary(caption, end) && !holds_at(caption, end, U"@")) {
      const bool takes_slash = holds_at(caption, end, U"/") && !holds_at(caption, end + 1, U"@");
      return takes_slash ? end + 1 : end;
    }
    if (end == begin) return kNone;
  }
}

/// The end of an address whose host's last point is at `point`, or kNone.
size_t domain_end(CaptionView caption, size_t point) {
  for (const CaptionView domain : {U"com", U"co", U"ru", U"net", U"org", U"edu", U"gov", U"it"}) {
    if (!holds_at(caption, point + 1, domain)) continue;
    const size_t end = path_end(caption, point + 1 + domain.size());
    if (end != kNone) return end;
  }
  return kNone;
}

/// Finds [a-zA-Z0-9.-]+[.](?:com|…)…: the last point of a run of such characters that works out serves every start
/// before it, so each run is searched once.
class HostFinder {
 public:
  explicit HostFinder(CaptionView caption) : caption_(caption) {}

  /// To be called with growing positions.
  size_t match_end(size_t position) {
    if (!is_of_host(caption_[position])) return position;
    if (position >= run_end_) search_run(position);
    return point_ != kNone && position < point_ ? address_end_ : position;
  }

 private:
  void search_run(size_t begin) {
    run_end_ = run_end(caption_, begin, is_of_host);
    point_ = address_end_ = kNone;
    for (size_t point = run_end_; point-- > begin + 1;) {
      if (caption_[point] != U'.') continue;
      address_end_ = domain_end(caption_, point);
      if (address_end_ == kNone) continue;
      point_ = point;
      return;
    }
  }

  CaptionView caption_;
  size_t run_end_ = 0;
  size_t point_ = kNone;
  size_t address_end_ = kNone;
};

Caption delete_with_schemes(CaptionView caption, std::initializer_list<CaptionView> schemes) {
  HostFinder hosts(caption);
  return replace_matches(caption, [&](CaptionView text, size_t position) {
    if (!is_of_host(text[position]) || !is_boundary(text, position)) return position;
    const size_t end = scheme_end(text, position, schemes);
    return end > position ? end : hosts.match_end(position);
  });
}

}  // namespace

Caption delete_web_addresses(CaptionView caption) {
  return delete_with_schemes(delete_with_schemes(caption, {U"http:", U"https:"}), {U"www:"});
}

}  // namespace odsora
