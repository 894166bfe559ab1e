// The road from a sentence to frames.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <vector>

#include "base/host_tensor.h"
#include "models/latent_color_fit.h"
#include "nn/ops.h"
#include "pipeline/given_frames.h"
#include "pipeline/job.h"
#include "pipeline/job_texts.h"
#include "pipeline/memory_plan.h"
#include "pipeline/model_folder.h"
#include "pipeline/preview_writer.h"
#include "pipeline/progress_meter.h"
#include "runtime/memory_budget.h"
#include "runtime/reader_pool.h"
#include "runtime/streamed_blocks.h"
#include "runtime/trace.h"

namespace odsora {

/// Receives the frames of the video in order: [height, width, 3], red green blue.
using PixelSink = std::function<void(std::span<const uint8_t> frame)>;

struct PipelineInputs {
  const ModelFolder& model;
  const Job& job;
  const JobTexts& texts;
  const std::vector<InspectedReference>& references;
  const MemoryPlan& plan;
  bool prefetch = true;
  /// Receives an embedding that was not known, and which of the texts it belongs to.
  std::function<void(size_t text, const HostTensor& embedding)> keep_text;
};

/// What the pipeline works with. One workspace serves `ops`.
struct PipelineMeans {
  Ops& ops;
  Workspace& workspace;
  MemoryBudget& budget;
  ReaderPool& readers;
  ProgressMeter& progress;
  Trace* trace = nullptr;
  PreviewWriter* preview = nullptr;       // shows unfinished videos; null: nobody asked
  LatentColorLearner* learner = nullptr;  // learns the model's colours for it; null: they are known
};

struct PipelineTotals {
  std::deque<StreamTotals> streams;  // of each time that a model was in memory
  std::vector<DenoisingStep> path;   // [evaluations], of all clips
};

/// Makes one video within the plan. Throws Error, and Cancelled from any operation once the CancelToken of `ops` is
/// set.
PipelineTotals run_pipeline(const PipelineInputs& inputs, const PipelineMeans& means, const PixelSink& sink);

}  // namespace odsora
