// How long a job will take on this machine, from a short measurement of its arithmetic and of its disk.
#pragma once

#include "odsora/odsora.h"
#include "pipeline/job.h"
#include "pipeline/job_texts.h"
#include "pipeline/memory_plan.h"
#include "pipeline/model_folder.h"
#include "runtime/reader_pool.h"

namespace odsora {

/// What the engine tells of a plan, with the seconds that each phase will take. Measures for about a tenth of a second:
/// the denoiser's largest product in the plan's compute type, and reads past the page cache from the model's own files
/// by a pool of these options.
Plan forecast(const MemoryPlan& plan, const ModelFolder& model, const Job& job, const JobTexts& texts,
              const ReaderPoolOptions& reading);

}  // namespace odsora
