// How much memory a job takes in each phase, found by running the models dry, and what of their weights can stay.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "base/units.h"
#include "odsora/odsora.h"
#include "pipeline/given_frames.h"
#include "pipeline/job.h"
#include "pipeline/job_texts.h"
#include "pipeline/model_folder.h"
#include "runtime/block_loading.h"
#include "techniques/dynamic_loading.h"

namespace odsora {

/// One model's part of a job.
struct PhaseNeeds {
  Phase phase = Phase::kTextEncoding;
  Bytes weights = 0;            // outside the blocks
  Bytes least_activations = 0;  // with nothing kept for reuse
  Bytes activations = 0;        // with all kept that will be used again
  Bytes host = 0;               // tensors outside the workspace: latents, embeddings, frames
  Bytes reads = 0;              // of tensors that are read ahead or being packed
  Bytes staging = 0;            // reads, and the conversion of the tensor that is being packed
  BlockMeasure blocks = {};
  int passes = 1;          // over the blocks
  int times = 1;           // that the model comes into memory: once for each clip
  Bytes stored_bytes = 0;  // of all blocks in the files
};

/// One phase under a limit.
struct PhasePlan {
  PhaseNeeds needs;
  Bytes activations = 0;  // that the workspace may hold
  LoadPlan load;
  Bytes peak = 0;        // of the process
  Bytes bytes_read = 0;  // by all passes
};

struct MemoryPlanInputs {
  const ModelFolder& model;
  const Job& job;
  const JobTexts& texts;
  const std::vector<InspectedReference>& references;
  Bytes writer = 0;  // what writing the video may hold
  DType compute_type = DType::kF32;
  int threads = 0;
  Bytes limit = 0;
  bool only_decoding = false;  // everything before it is done
  bool keep_blocks = true;     // false: every block is read in every pass, to show what keeping gains
};

struct MemoryPlan {
  DType compute_type = DType::kF32;
  int threads = 0;
  Bytes limit = 0;
  Bytes least_limit = 0;            // with which this job works in any process
  Bytes overhead = 0;               // of the process before the job, and of the video encoder
  std::array<PhasePlan, 4> phases;  // as Phase counts them; without blocks where there is nothing to do

  const PhasePlan& phase(Phase phase) const { return phases.at(static_cast<size_t>(phase)); }
};

/// Throws Error(kBadModel) when a weight is missing or has a wrong shape, and Error(kMemory) naming the least limit and
/// what to lower when the job does not fit.
MemoryPlan plan_memory(const MemoryPlanInputs& inputs);

/// One phase of such a job in f32, in the middle of its work. Throws Error(kMemory) likewise.
PhasePlan plan_phase_in_f32(const MemoryPlan& plan, MemoryPlanInputs inputs, Phase phase);

}  // namespace odsora
