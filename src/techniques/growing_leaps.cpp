#include "techniques/growing_leaps.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace odsora {

std::vector<int> growing_leaps(int steps, int evaluations) {
  // Near the best of all choices, for every N, by the errors of single leaps that docs/techniques/leaps.md tells of.
  constexpr double kGrowth = 2.5;
  assert(1 <= evaluations && evaluations <= steps);
  std::vector<int> evaluated;
  for (int k = 0; k < evaluations; ++k) {
    const double share = static_cast<double>(k) / evaluations;
    evaluated.push_back(std::max(k, static_cast<int>(std::lround(steps * std::pow(share, kGrowth)))));
  }
  return evaluated;
}

}  // namespace odsora
