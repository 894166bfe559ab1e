// A whole job, from the prompt to the video file, with the settings of the paper: On-device Sora (arXiv 2502.04363), 68
// frames, 30 steps of which LPL evaluates 16, TDTM in all of them.
#pragma once

#include <string>
#include <string_view>

#include "odsora/odsora.h"

namespace odsora {

struct BenchJob {
  std::string name;  // "job@68x192x192"
  int frames = 0, height = 0, width = 0;
};

/// Whether the name is a job's, right or wrong.
bool names_bench_job(std::string_view name);

/// Throws Error(kInvalidArgument) when it is not "job@NxHxW".
BenchJob parse_bench_job(const std::string& name);

/// Generates into a temporary file that is removed. Always the same prompt and seed; the text is encoded, not looked
/// up. Throws Error.
Report run_bench_job(const BenchJob& job, EngineOptions engine, const CancelToken* cancel);

}  // namespace odsora
