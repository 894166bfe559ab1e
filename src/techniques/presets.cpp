#include "techniques/presets.h"

#include <algorithm>

namespace odsora {
namespace {

// Of a path of 30 steps, the one that quality was measured with.
constexpr int kMeasuredSteps = 30;

int evaluations_of(Preset preset) {
  switch (preset) {
    case Preset::kExact: break;
    case Preset::kBalanced: return 12;
    case Preset::kFast: return 8;
    case Preset::kDraft: return 5;
  }
  return kMeasuredSteps;
}

}  // namespace

Leap preset_leap(Preset preset, int steps) {
  if (preset == Preset::kExact) return {};
  const int least = evaluations_of(preset);
  const int share = (steps * least + kMeasuredSteps / 2) / kMeasuredSteps;
  return {.rule = Leap::Rule::kGrowing, .evaluations = std::min(steps, std::max(least, share))};
}

}  // namespace odsora
