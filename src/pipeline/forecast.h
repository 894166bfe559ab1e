// How long a job will take on this machine, from a short measurement of its arithmetic and of its disk.
#pragma once

#include <array>

#include "base/units.h"
#include "pipeline/job.h"
#include "pipeline/memory_plan.h"
#include "pipeline/model_folder.h"

namespace odsora {

/// Seconds of text, denoising and decoding. Measures for about half a second: a large matrix product in the plan's
/// compute type, and reads past the page cache from the model's own files.
std::array<Seconds, 3> forecast(const MemoryPlan& plan, const ModelFolder& model, const Job& job, int64_t text_tokens);

}  // namespace odsora
