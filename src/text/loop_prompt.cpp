#include "text/loop_prompt.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

#include "base/error.h"

namespace odsora {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

std::string_view strip(std::string_view text) {
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

struct Marker {
  int clip;
  size_t begin, end;  // of "|2|" in the text
};

/// The first "|digits|" at or after `from`.
std::optional<Marker> next_marker(std::string_view text, size_t from) {
  for (size_t bar = text.find('|', from); bar != std::string_view::npos; bar = text.find('|', bar + 1)) {
    const size_t close = text.find_first_not_of("0123456789", bar + 1);
    if (close == std::string_view::npos || close == bar + 1 || text[close] != '|') continue;
    int clip = std::numeric_limits<int>::max();  // of a number that is too large
    std::from_chars(text.data() + bar + 1, text.data() + close, clip);
    return Marker{clip, bar, close + 1};
  }
  return std::nullopt;
}

}  // namespace

std::vector<std::string> prompts_of_clips(std::string_view prompt, int clips) {
  const std::string_view text = strip(prompt);
  if (!text.starts_with("|0|")) return std::vector<std::string>(static_cast<size_t>(clips), std::string(prompt));
  std::vector<std::string> prompts;
  std::optional<Marker> marker = next_marker(text, 0);
  while (marker) {
    const std::optional<Marker> next = next_marker(text, marker->end);
    const size_t end = next ? next->begin : text.size();
    const std::string_view segment = strip(text.substr(marker->end, end - marker->end));
    if (segment.empty()) {
      fail(ErrorCode::kInvalidArgument, "prompt: expected words behind |", marker->clip, "|, found nothing");
    }
    if (next && next->clip <= marker->clip) {
      fail(ErrorCode::kInvalidArgument, "prompt: expected a clip after ", marker->clip, " behind its segment, found |",
           next->clip, "|");
    }
    const int last = next ? std::min(next->clip, clips) : clips;
    while (static_cast<int>(prompts.size()) < last) prompts.emplace_back(segment);
    marker = next;
  }
  return prompts;
}

}  // namespace odsora
