// The model of one phase and the phase's memory, in the compute type or, once numbers have failed in it, in f32.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "pipeline/model_stream.h"
#include "pipeline/pipeline.h"

namespace odsora {

/// Model is T5Encoder, VideoVaeEncoder, StDit3 or VideoVaeDecoder. In memory from begin(), or from open_early() of the
/// phase before it, to end().
template <typename Model, typename Config>
class PhaseModel {
 public:
  /// `totals` outlive the model and grow each time that it is in memory.
  PhaseModel(const WeightStore& weights, const Config& config, Phase phase, const PipelineInputs& inputs,
             const PipelineMeans& means, PipelineTotals& totals)
      : weights_(weights), config_(config), phase_(phase), inputs_(inputs), means_(means), totals_(totals) {}

  /// Begins to read the first blocks if they fit beside the phase that is at work; `passes` over all blocks will
  /// follow.
  void open_early(int passes) {
    const PhaseNeeds& needs = inputs_.plan.phase(phase_).needs;
    const Bytes needed = needs.weights + needs.staging + Stream::kBlocksAhead * needs.blocks.largest;
    if (stream_ == nullptr && means_.budget.free() >= needed) open(false, passes);
  }

  /// Takes the phase's memory and opens the model, unless it was opened early.
  void begin(int passes, bool in_f32 = false) {
    passes_ = passes;
    if (in_f32) {
      switch_to_f32();
      return;
    }
    take_memory(inputs_.plan.phase(phase_));
    if (stream_ == nullptr) open(false, passes);
  }

  /// Opens the model again, in f32, for the rest of the phase. Whether there was anything to change. Throws
  /// Error(kMemory) where f32 does not fit the limit.
  bool fall_back_to_f32() {
    if (in_f32_ || means_.ops.compute_type() == DType::kF32) return false;
    switch_to_f32();
    return true;
  }

  /// Opens the model once more as it is, for one computation beside those that were foreseen.
  void reopen() {
    stream_.reset();
    open(in_f32_, 1);
  }

  bool in_f32() const { return in_f32_; }

  /// How often the model was opened: what was computed from an earlier one's weights is of no use to a later one.
  int opened() const { return opened_; }

  Model& operator*() { return **stream_; }
  Model* operator->() { return &**stream_; }

  void end() {
    stream_.reset();
    release_memory();
    in_f32_ = false;
  }

 private:
  using Stream = ModelStream<Model, Config>;

  void open(bool in_f32, int passes) {
    PhasePlan plan = in_f32 ? *f32_plan_ : inputs_.plan.phase(phase_);
    plan.needs.passes = passes;
    Ops& ops = in_f32 ? means_.f32.ops() : means_.ops;
    stream_ = std::make_unique<Stream>(weights_, config_, plan, inputs_, means_, ops, totals_.streams.emplace_back());
    in_f32_ = in_f32;
    ++opened_;
  }

  void switch_to_f32() {
    stream_.reset();
    release_memory();
    f32_plan_ = means_.f32.plan(phase_);
    take_memory(*f32_plan_);
    open(true, passes_);
  }

  void take_memory(const PhasePlan& plan) {
    memory_.emplace(
        means_.budget.reserve(plan.activations + plan.needs.host, std::string("activations of ") + phase_name(phase_)));
    means_.workspace.set_capacity(plan.activations);
  }

  void release_memory() {
    means_.workspace.release_unused();
    memory_.reset();
  }

  const WeightStore& weights_;
  const Config& config_;
  const Phase phase_;
  const PipelineInputs& inputs_;
  const PipelineMeans& means_;
  PipelineTotals& totals_;
  std::optional<MemoryLease> memory_;
  std::optional<PhasePlan> f32_plan_;
  std::unique_ptr<Stream> stream_;
  int passes_ = 1;
  int opened_ = 0;
  bool in_f32_ = false;
};

}  // namespace odsora
