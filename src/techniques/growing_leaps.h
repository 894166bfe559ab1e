// Growing leaps: which steps of a denoising path are evaluated when there are fewer evaluations than steps. A path
// turns most where it begins, so the first steps are taken one by one and the leaps over steps grow from there.
#pragma once

#include <vector>

namespace odsora {

/// The indices, from 0, of the steps that are evaluated, [evaluations]: max(k, round(K (k / N)^2.5)) for the k-th of N
/// evaluations of K steps. Each covers the way to the next one, the last the way to the end. All steps where N = K.
/// `evaluations` is 1 to `steps`.
std::vector<int> growing_leaps(int steps, int evaluations);

}  // namespace odsora
