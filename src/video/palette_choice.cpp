#include "video/palette_choice.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

namespace odsora {
namespace {

constexpr int kRounds = 12;  // of k-means; twice as many gain less than 0.01 dB

using Mean = std::array<float, 3>;

/// Pixels and the sums of their channels.
struct Moments {
  double pixels = 0;
  std::array<double, 3> sums = {};

  void add(const ColorGroup& group) {
    pixels += group.pixels;
    for (size_t channel = 0; channel < 3; ++channel)
      sums[channel] += group.pixels * static_cast<double>(group.mean[channel]);
  }
  void add(const Moments& other) {
    pixels += other.pixels;
    for (size_t channel = 0; channel < 3; ++channel) sums[channel] += other.sums[channel];
  }
  Moments without(const Moments& part) const {
    Moments rest{.pixels = pixels - part.pixels, .sums = sums};
    for (size_t channel = 0; channel < 3; ++channel) rest.sums[channel] -= part.sums[channel];
    return rest;
  }
  /// What is subtracted from the sum of squares to give the squared distances to the mean.
  double squared_mean() const {
    if (pixels <= 0) return 0;
    return (sums[0] * sums[0] + sums[1] * sums[1] + sums[2] * sums[2]) / pixels;
  }
  Mean mean() const {
    return {static_cast<float>(sums[0] / pixels), static_cast<float>(sums[1] / pixels),
            static_cast<float>(sums[2] / pixels)};
  }
};

/// Groups that become one colour, or are cut in two: those below `level` in `channel`, and the others.
struct Box {
  std::span<ColorGroup> groups;
  size_t channel = 0;
  size_t level = 0;
  double gain = 0;  // by which the cut lessens the squared distances; 0 if there is nothing to cut
};

size_t level_of(const ColorGroup& group, size_t channel) { return static_cast<size_t>(group.mean[channel]); }

Moments moments_of(std::span<const ColorGroup> groups) {
  Moments moments;
  for (const ColorGroup& group : groups) moments.add(group);
  return moments;
}

Box make_box(std::span<ColorGroup> groups) {
  constexpr size_t kLevels = 256;
  Box box{.groups = groups};
  const Moments all = moments_of(groups);
  for (size_t channel = 0; channel < 3; ++channel) {
    std::array<Moments, kLevels> levels;
    for (const ColorGroup& group : groups) levels[level_of(group, channel)].add(group);
    Moments below;
    for (size_t level = 0; level + 1 < kLevels; ++level) {
      if (levels[level].pixels == 0) continue;
      below.add(levels[level]);
      const Moments above = all.without(below);
      if (above.pixels < 0.5) break;
      const double gain = below.squared_mean() + above.squared_mean() - all.squared_mean();
      if (gain > box.gain) box = {.groups = groups, .channel = channel, .level = level + 1, .gain = gain};
    }
  }
  return box;
}

std::vector<Mean> cut_into_boxes(std::span<ColorGroup> groups, size_t size) {
  std::vector<Box> boxes = {make_box(groups)};
  while (boxes.size() < size) {
    const auto best =
        std::max_element(boxes.begin(), boxes.end(), [](const Box& a, const Box& b) { return a.gain < b.gain; });
    if (best->gain <= 0) break;
    const auto is_below = [&](const ColorGroup& group) { return level_of(group, best->channel) < best->level; };
    const auto middle = std::partition(best->groups.begin(), best->groups.end(), is_below);
    const auto below = static_cast<size_t>(middle - best->groups.begin());
    const std::span<ColorGroup> whole = best->groups;
    *best = make_box(whole.first(below));
    boxes.push_back(make_box(whole.subspan(below)));
  }
  std::vector<Mean> means;
  for (const Box& box : boxes) means.push_back(moments_of(box.groups).mean());
  return means;
}

size_t nearest(const std::vector<Mean>& means, const Mean& color) {
  size_t best = 0;
  float least = std::numeric_limits<float>::max();
  for (size_t i = 0; i < means.size(); ++i) {
    float distance = 0;
    for (size_t channel = 0; channel < 3; ++channel) {
      const float difference = means[i][channel] - color[channel];
      distance += difference * difference;
    }
    if (distance < least) {
      least = distance;
      best = i;
    }
  }
  return best;
}

/// One round of k-means. A mean that no group is nearest to stays.
void improve(std::span<const ColorGroup> groups, std::vector<Mean>& means) {
  std::vector<Moments> moments(means.size());
  for (const ColorGroup& group : groups) moments[nearest(means, group.mean)].add(group);
  for (size_t i = 0; i < means.size(); ++i) {
    if (moments[i].pixels > 0) means[i] = moments[i].mean();
  }
}

}  // namespace

Palette choose_palette(std::vector<ColorGroup> groups, size_t size) {
  std::vector<Mean> means = cut_into_boxes(groups, size);
  for (int round = 0; round < kRounds; ++round) improve(groups, means);
  Palette palette;
  for (const Mean& mean : means) {
    Color color;
    for (size_t channel = 0; channel < 3; ++channel) color[channel] = static_cast<uint8_t>(std::lround(mean[channel]));
    palette.push_back(color);
  }
  return palette;
}

}  // namespace odsora
