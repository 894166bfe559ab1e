#include "pipeline/preview_cadence.h"

namespace odsora {
namespace {

constexpr int kMostPreviews = 10;
constexpr Seconds kLeastInterval = 2;
constexpr double kMostShare = 0.01;  // of the time

}  // namespace

bool preview_is_due(const PreviewMoment& now, const PreviewsSoFar& before) {
  if (before.count == 0 || now.evaluations == now.most_evaluations) return true;
  const int interval = (now.most_evaluations + kMostPreviews - 1) / kMostPreviews;
  if (now.evaluations - before.evaluations < interval) return false;
  const Seconds whole_clip = now.elapsed * now.most_evaluations / now.evaluations;
  const bool is_short = whole_clip < kLeastInterval * kMostPreviews;
  if (!is_short && now.elapsed - before.elapsed < kLeastInterval) return false;
  const Seconds each = before.spent / before.count;
  return before.spent + 2 * each <= kMostShare * now.elapsed;
}

}  // namespace odsora
