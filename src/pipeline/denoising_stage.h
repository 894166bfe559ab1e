// From noise to the latents of a clip.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "models/stdit3.h"
#include "pipeline/phase_model.h"
#include "sampling/rectified_flow.h"

namespace odsora {

class DenoisingStage {
 public:
  DenoisingStage(const PipelineInputs& inputs, const PipelineMeans& means, PipelineTotals& totals);

  /// Begins to read the model if it fits beside the phase that is at work.
  void open_early() { denoiser_.open_early(inputs_.job.most_evaluations()); }

  /// What a clip starts from, and the embeddings of its prompt and, unless that is the model's null text, of the
  /// negative one.
  struct Start {
    int clip = 0;
    FlowInputs flow;  // without a velocity's means: those of the job
    bool in_f32 = false;
    const HostTensor& prompt;
    const HostTensor* negative = nullptr;
  };

  /// → [channels, latent frames, height, width]. Keeps positions in the checkpoint; calls `before_last_step`, where the
  /// next model's first blocks may be opened. Throws Error(kNumbers), also for latents in which nothing differs.
  HostTensor run(Start start, const std::function<void()>& before_last_step);

 private:
  HostTensor velocity(const VelocityQuery& query, const Start& start);
  void step_done(const FlowState& state, int clip, const std::vector<float>& mask);

  const PipelineInputs& inputs_;
  const PipelineMeans& means_;
  PipelineTotals& totals_;
  PhaseModel<StDit3, StDit3Config> denoiser_;
  std::optional<TextCondition> text_;
  int text_is_of_ = 0;  // the opening of the denoiser whose weights have made it
};

}  // namespace odsora
