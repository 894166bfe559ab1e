#include "text/loop_prompt.h"

#include <algorithm>
#include <cassert>
#include <optional>

#include "base/error.h"
#include "text/caption_punctuation.h"
#include "text/utf8.h"

namespace odsora {
namespace {

constexpr int kLargestClip = 9999;
constexpr std::string_view kFirstMarker = "|0|";

/// "|2|": the clip from which the text behind it serves.
struct Marker {
  int clip;  // kLargestClip + 1 stands for all that are larger
  size_t begin, end;
};

struct Segment {
  int first_clip;
  std::string text;
};

/// The first marker at `position` or behind it.
std::optional<Marker> find_marker(CaptionView prompt, size_t position) {
  for (size_t begin = prompt.find(U'|', position); begin != CaptionView::npos; begin = prompt.find(U'|', begin + 1)) {
    const size_t end = run_end(prompt, begin + 1, is_ascii_digit);
    if (end == begin + 1 || !holds_at(prompt, end, U"|")) continue;
    int clip = 0;
    for (const char32_t digit : prompt.substr(begin + 1, end - begin - 1)) {
      clip = std::min(kLargestClip + 1, clip * 10 + static_cast<int>(digit - U'0'));
    }
    return Marker{clip, begin, end + 1};
  }
  return std::nullopt;
}

void check_order(int clip, int previous) {
  if (clip > kLargestClip) {
    fail(ErrorCode::kInvalidArgument, "prompt: expected clip numbers up to ", kLargestClip,
         " between '|', found a larger one behind |", previous, "|");
  }
  if (clip <= previous) {
    fail(ErrorCode::kInvalidArgument, "prompt: expected clip numbers that grow, found |", clip, "| behind |", previous,
         "|");
  }
}

/// The prompt begins with kFirstMarker.
std::vector<Segment> read_segments(CaptionView prompt) {
  std::vector<Segment> segments;
  std::optional<Marker> marker = find_marker(prompt, 0);
  while (marker) {
    const std::optional<Marker> next = find_marker(prompt, marker->end);
    const size_t end = next ? next->begin : prompt.size();
    const Caption text = strip(prompt.substr(marker->end, end - marker->end));
    if (text.empty()) {
      fail(ErrorCode::kInvalidArgument, "prompt: expected a text behind |", marker->clip, "|, found nothing");
    }
    if (next) check_order(next->clip, marker->clip);
    segments.push_back({marker->clip, encode_utf8(text)});
    marker = next;
  }
  return segments;
}

}  // namespace

std::vector<std::string> prompts_of_clips(std::string_view prompt, int clips) {
  assert(clips >= 1);
  if (!prompt.starts_with(kFirstMarker))
    return std::vector<std::string>(static_cast<size_t>(clips), std::string(prompt));
  const std::vector<Segment> segments = read_segments(decode_utf8(prompt));
  std::vector<std::string> prompts;
  size_t serving = 0;
  for (int clip = 0; clip < clips; ++clip) {
    if (serving + 1 < segments.size() && segments[serving + 1].first_clip == clip) ++serving;
    prompts.push_back(segments[serving].text);
  }
  return prompts;
}

}  // namespace odsora
