// One model of the pipeline in memory: its weights outside the blocks, its blocks' stream, and their place in the
// budget.
#pragma once

#include <optional>
#include <utility>

#include "pipeline/pipeline.h"
#include "runtime/weight_memory.h"
#include "weights/weight_scope.h"

namespace odsora {

/// Model is T5Encoder, StDit3 or VideoVaeDecoder. Made before its phase begins it reads its first blocks already; its
/// other blocks load from the first use on.
template <typename Model, typename Config>
class ModelStream {
 public:
  /// `totals` is filled when the stream dies.
  ModelStream(const WeightStore& store, const Config& config, const PhasePlan& plan, const PipelineInputs& inputs,
              const PipelineMeans& means, Ops& ops, StreamTotals& totals)
      : lease_(means.budget.reserve(plan.needs.weights + plan.needs.staging, phase_name(plan.needs.phase))),
        streaming_{.what = phase_name(plan.needs.phase),
                   .plan = plan.load,
                   .measure = plan.needs.blocks,
                   .passes = plan.needs.passes,
                   .prefetch = inputs.prefetch,
                   .initial_slots = kBlocksAhead,
                   .staging_bytes = inputs.prefetch ? plan.needs.reads : 0,
                   .store = store,
                   .readers = means.readers,
                   .budget = means.budget,
                   .totals = totals,
                   .trace = means.trace} {
    model_.emplace(WeightScope(store), config, ModelHost{ops, memory_, nullptr, &streaming_});
  }

  Model& operator*() { return *model_; }
  Model* operator->() { return &*model_; }

  /// Blocks that may be read while an earlier phase still holds the memory.
  static constexpr int kBlocksAhead = 2;

 private:
  MemoryLease lease_;
  GrowingWeightMemory memory_;
  BlockStreaming streaming_;
  std::optional<Model> model_;  // the last member: it uses the others to its end
};

}  // namespace odsora
