// The road from a sentence to frames.
#pragma once

#include <deque>
#include <functional>
#include <vector>

#include "base/host_tensor.h"
#include "models/latent_color_fit.h"
#include "nn/ops.h"
#include "pipeline/checkpoint.h"
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
#include "video/frames.h"

namespace odsora {

struct PipelineInputs {
  const ModelFolder& model;
  const Job& job;
  const JobTexts& texts;
  const std::vector<InspectedReference>& references;
  const MemoryPlan& plan;
  bool only_decoding = false;  // the checkpoint has the latents of every clip
  bool prefetch = true;
  /// Receives an embedding that was not known, and which of the texts it belongs to.
  std::function<void(size_t text, const HostTensor& embedding)> keep_text;
};

/// How a phase is computed in f32 where its numbers fail in the compute type.
struct F32Means {
  std::function<Ops&()> ops;             // made when they are first asked for
  std::function<PhasePlan(Phase)> plan;  // throws Error(kMemory) where f32 does not fit the limit
};

/// What the pipeline works with. One workspace serves all `ops`.
struct PipelineMeans {
  Ops& ops;
  F32Means f32;
  Workspace& workspace;
  MemoryBudget& budget;
  ReaderPool& readers;
  ProgressMeter& progress;
  Checkpoint& checkpoint;
  Trace* trace = nullptr;
  PreviewWriter* preview = nullptr;       // shows unfinished videos; null: nobody asked
  LatentColorLearner* learner = nullptr;  // learns the model's colours for it; null: they are known
};

struct PipelineTotals {
  std::deque<StreamTotals> streams;  // of each time that a model was in memory
  std::vector<DenoisingStep> path;   // [evaluations], of all clips
};

/// Makes one video within the plan, going on with what the checkpoint has of it: `sink` receives every frame all the
/// same. Throws Error, and Cancelled from any operation once the CancelToken of `ops` is set; what the checkpoint has
/// not kept by then it still can.
PipelineTotals run_pipeline(const PipelineInputs& inputs, const PipelineMeans& means, const PixelSink& sink);

}  // namespace odsora
