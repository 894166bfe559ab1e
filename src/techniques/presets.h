// What a preset leaves out of a denoising path.
#pragma once

#include "odsora/odsora.h"

namespace odsora {

/// The leaps of a preset along a path of `steps` steps: none for exact; growing ones with 2/5 (balanced), 4/15 (fast)
/// or 1/6 (draft) of the steps evaluated, but never fewer than 12, 8 or 5 where there are as many.
Leap preset_leap(Preset preset, int steps);

}  // namespace odsora
