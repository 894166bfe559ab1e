// Which instruction sets the Highway kernels are compiled for: AVX2, AVX-512 and the compiler's baseline. Included
// before hwy/foreach_target.h by every file with kernels; fewer sets compile faster.
#pragma once

#include "hwy/detect_targets.h"

#undef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4)
