// The road from a sentence to frames.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "base/host_tensor.h"
#include "nn/ops.h"
#include "pipeline/job.h"
#include "pipeline/memory_plan.h"
#include "pipeline/model_folder.h"
#include "pipeline/progress_meter.h"
#include "runtime/memory_budget.h"
#include "runtime/reader_pool.h"
#include "runtime/streamed_blocks.h"
#include "runtime/trace.h"

namespace odsora {

/// Receives the frames of the video in order: [height, width, 3], red green blue.
using PixelSink = std::function<void(std::span<const uint8_t> frame)>;

/// The ids of the job's caption, cut to what the model reads; tells the user when something was cut.
std::vector<int32_t> tokenize(const ModelFolder& model, const Job& job, const ProgressMeter& progress);

struct PipelineInputs {
  const ModelFolder& model;
  const Job& job;
  const std::vector<int32_t>& tokens;
  const MemoryPlan& plan;
  bool prefetch = true;
  std::optional<HostTensor> text;                         // the prompt's embedding, where it is known already
  std::function<void(const HostTensor& text)> keep_text;  // receives the embedding when it was not
};

/// What the pipeline works with. One workspace serves `ops`.
struct PipelineMeans {
  Ops& ops;
  Workspace& workspace;
  MemoryBudget& budget;
  ReaderPool& readers;
  ProgressMeter& progress;
  Trace* trace = nullptr;
};

struct PipelineTotals {
  StreamTotals text, denoising, decoding;
  std::vector<DenoisingStep> path;  // [evaluations]
};

/// Makes one video within the plan. Throws Error, and Cancelled from any operation once the CancelToken of `ops` is
/// set.
PipelineTotals run_pipeline(const PipelineInputs& inputs, const PipelineMeans& means, const PixelSink& sink);

}  // namespace odsora
