#include "video/nearest_color.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <utility>

namespace odsora {
namespace {

constexpr int kBits = 5;
constexpr int kDropped = 8 - kBits;
constexpr int kLast = (1 << kDropped) - 1;  // of a cell's levels

int square(int value) { return value * value; }

int distance(const Color& a, const Color& b) { return square(a[0] - b[0]) + square(a[1] - b[1]) + square(a[2] - b[2]); }

/// Squared distances from a colour to the nearest and to the farthest point of a cell.
std::pair<int, int> distances_to_cell(const Color& color, const Color& corner) {
  int nearest = 0, farthest = 0;
  for (size_t channel = 0; channel < 3; ++channel) {
    const int below = corner[channel] - color[channel];
    const int above = color[channel] - (corner[channel] + kLast);
    nearest += square(std::max({below, above, 0}));
    farthest += square(std::max(below + kLast, above + kLast));
  }
  return {nearest, farthest};
}

}  // namespace

NearestColor::NearestColor(Palette palette) : palette_(std::move(palette)), cells_(size_t{1} << 3 * kBits) {
  assert(!palette_.empty() && palette_.size() <= 256);
}

uint8_t NearestColor::find(const Color& color) {
  Color corner = color;
  size_t place = 0;
  for (uint8_t& channel : corner) {
    place = place << kBits | static_cast<size_t>(channel >> kDropped);
    channel = static_cast<uint8_t>(channel & ~kLast);
  }
  Candidates& cell = cells_[place];
  if (cell.count == 0) cell = make_candidates(corner);
  uint8_t best = 0;
  int least = std::numeric_limits<int>::max();
  for (size_t i = cell.first; i < cell.first + cell.count; ++i) {
    const int found = distance(palette_[candidates_[i]], color);
    if (found < least) {
      least = found;
      best = candidates_[i];
    }
  }
  return best;
}

NearestColor::Candidates NearestColor::make_candidates(const Color& corner) {
  int bound = std::numeric_limits<int>::max();
  for (const Color& color : palette_) bound = std::min(bound, distances_to_cell(color, corner).second);
  Candidates cell{.first = static_cast<uint32_t>(candidates_.size())};
  for (size_t i = 0; i < palette_.size(); ++i) {
    if (distances_to_cell(palette_[i], corner).first > bound) continue;
    candidates_.push_back(static_cast<uint8_t>(i));
    ++cell.count;
  }
  return cell;
}

}  // namespace odsora
