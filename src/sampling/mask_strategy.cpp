#include "sampling/mask_strategy.h"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cmath>

#include "base/error.h"
#include "base/strict_json.h"

namespace odsora {
namespace {

constexpr size_t kFields = 6;
constexpr const char* kFieldNames[kFields] = {"clip",         "reference", "reference start",
                                              "target start", "length",    "edit ratio"};
constexpr int64_t kFarthest = 1'000'000;  // latent frames

std::string_view strip(std::string_view text) {
  const auto is_blank = [](char letter) { return letter == ' ' || letter == '\t'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(separator, begin), text.size());
    parts.push_back(strip(text.substr(begin, end - begin)));
    begin = end + 1;
  }
  return parts;
}

/// One group, and its place for error messages.
class Group {
 public:
  Group(std::string_view text, size_t number) : fields_(split(text, ',')), number_(number) {
    if (fields_.size() > kFields) {
      fail(ErrorCode::kInvalidArgument, "mask strategy: group ", number_, ": expected at most ", kFields,
           " fields, found ", fields_.size());
    }
  }

  int64_t integer(size_t field, int64_t fallback, int64_t least, int64_t most) const {
    return number(field, fallback, least, most);
  }

  float ratio(size_t field) const { return number<float>(field, 0.0F, 0.0F, 1.0F); }

 private:
  template <typename Number>
  Number number(size_t field, Number fallback, Number least, Number most) const {
    if (field >= fields_.size() || fields_[field].empty()) return fallback;
    const std::string_view text = fields_[field];
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool read = error == std::errc() && end == text.data() + text.size();
    if (!read || !(value >= least && value <= most)) {
      fail(ErrorCode::kInvalidArgument, "mask strategy: group ", number_, ": ", kFieldNames[field], ": expected ",
           least, " to ", most, ", found ", quoted(text));
    }
    return value;
  }

  std::vector<std::string_view> fields_;
  size_t number_;  // from 1
};

/// A start among `frames`, counted from 0 and on a multiple of the alignment: the nearest one, the lower one of two
/// and where there is no chunk above. (Open-Sora's find_nearest_point.)
int64_t aligned_start(int64_t start, int64_t frames, int64_t alignment) {
  const int64_t from_front = std::clamp<int64_t>(start < 0 ? start + frames : start, 0, frames - 1);
  int64_t chunk = from_front / alignment;
  const bool nearer_to_next = 2 * (from_front % alignment) > alignment;
  if (nearer_to_next && chunk < frames / alignment - 1) ++chunk;
  return alignment * chunk;
}

}  // namespace

std::vector<FramePlacement> parse_mask_strategy(std::string_view strategy, const MaskStrategyLimits& limits) {
  std::vector<FramePlacement> placements;
  if (strip(strategy).empty()) return placements;
  if (limits.references == 0) {
    fail(ErrorCode::kInvalidArgument, "mask strategy: it places given frames, and none are given; ",
         "expected an initial image or video, or an end image");
  }
  for (const std::string_view text : split(strategy, ';')) {
    const Group group(text, placements.size() + 1);
    placements.push_back({.clip = static_cast<int>(group.integer(0, 0, 0, limits.clips - 1)),
                          .reference = static_cast<int>(group.integer(1, 0, 0, limits.references - 1)),
                          .reference_start = group.integer(2, 0, -kFarthest, kFarthest),
                          .target_start = group.integer(3, 0, -kFarthest, kFarthest),
                          .length = group.integer(4, 1, 1, kFarthest),
                          .edit_ratio = group.ratio(5),
                          .alignment = limits.alignment});
  }
  return placements;
}

FramePlacement placed_within(const FramePlacement& placement, int64_t reference_frames, int64_t clip_frames) {
  FramePlacement placed = placement;
  placed.reference_start = aligned_start(placement.reference_start, reference_frames, placement.alignment);
  placed.target_start = aligned_start(placement.target_start, clip_frames, placement.alignment);
  placed.length =
      std::min({placement.length, reference_frames - placed.reference_start, clip_frames - placed.target_start});
  return placed;
}

void place_frames(const FramePlacement& placed, const HostTensor& reference, HostTensor& z, std::vector<float>& mask) {
  assert(z.dim(0) == 1 && z.dim(1) == reference.dim(0) && z.dim(3) == reference.dim(2) && z.dim(4) == reference.dim(3));
  const int64_t plane = z.dim(3) * z.dim(4);
  for (int64_t channel = 0; channel < z.dim(1); ++channel) {
    const float* from = reference.data() + (channel * reference.dim(1) + placed.reference_start) * plane;
    std::copy_n(from, placed.length * plane, z.data() + (channel * z.dim(2) + placed.target_start) * plane);
  }
  std::fill_n(mask.begin() + placed.target_start, placed.length, placed.edit_ratio);
}

}  // namespace odsora
