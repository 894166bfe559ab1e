// When a preview is worth its time.
#pragma once

#include "base/units.h"

namespace odsora {

/// After an evaluation of the denoiser.
struct PreviewMoment {
  int evaluations = 0;       // done, of the clip
  int most_evaluations = 0;  // of the clip, as far as is known
  Seconds elapsed = 0;       // since the clip's first evaluation began
};

/// What the previews of the clip so far have cost.
struct PreviewsSoFar {
  int count = 0;
  int evaluations = 0;  // done when the last one was written
  Seconds elapsed = 0;  // likewise
  Seconds spent = 0;    // on all of them
};

/// Always after the first evaluation and after the last. Between them at most ten times, spread evenly; not within 2
/// seconds, unless the whole clip takes no 20; and not while all previews, this one and the last one included, would
/// take more than a hundredth of the time that has passed.
bool preview_is_due(const PreviewMoment& now, const PreviewsSoFar& before);

}  // namespace odsora
