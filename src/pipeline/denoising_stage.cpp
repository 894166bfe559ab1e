#include "pipeline/denoising_stage.h"

#include <limits>
#include <utility>

#include "base/error.h"
#include "pipeline/guarded_computation.h"
#include "pipeline/guided_velocity.h"
#include "pipeline/number_guard.h"

namespace odsora {
namespace {

DenoisingStep describe_step(const FlowState& state, const Job& job, int blocks) {
  return {.step = state.step + 1,
          .t = state.timestep,
          .cosine = state.cosine.value_or(std::numeric_limits<double>::quiet_NaN()),
          .merged_blocks = merged_blocks(job.merging, state.step, blocks),
          .decision = state.decision.reason};
}

}  // namespace

DenoisingStage::DenoisingStage(const PipelineInputs& inputs, const PipelineMeans& means, PipelineTotals& totals)
    : inputs_(inputs),
      means_(means),
      totals_(totals),
      denoiser_(inputs.model.transformer_weights, inputs.model.transformer, Phase::kDenoising, inputs, means, totals) {}

HostTensor DenoisingStage::run(Start start, const std::function<void()>& before_last_step) {
  const int most = inputs_.job.most_evaluations();
  const int done = start.flow.from ? start.flow.from->evaluations : 0;
  means_.progress.begin(Phase::kDenoising, most, done);
  if (means_.preview != nullptr) means_.preview->begin_clip(start.clip);
  denoiser_.begin(most - done, start.in_f32);
  const std::vector<float> mask = start.flow.mask;
  HostTensor latent = run_rectified_flow(
      std::move(start.flow), [&](const VelocityQuery& query) { return velocity(query, start); },
      [&](const FlowState& state) {
        step_done(state, start.clip, mask);
        if (state.next_may_be_last) before_last_step();
      });
  text_.reset();
  denoiser_.end();
  latent.shape.erase(latent.shape.begin());  // a batch of one
  if (is_flat(latent)) {
    fail(ErrorCode::kNumbers,
         "denoising: the latents are the same everywhere after the last step; the denoiser's layer ",
         "final_layer gives nothing to see, so its weights do not work");
  }
  return latent;
}

HostTensor DenoisingStage::velocity(const VelocityQuery& query, const Start& start) {
  const Job& job = inputs_.job;
  const auto compute = [&](const Probe& search) {
    if (!text_ || text_is_of_ != denoiser_.opened()) {
      const HostTensor negative = start.negative ? *start.negative : denoiser_->null_text(start.prompt.dim(0));
      text_ = denoiser_->prepare_text(std::vector{start.prompt, negative});
      text_is_of_ = denoiser_.opened();
    }
    const GuidanceInputs guidance = {.fps = {job.conditioning_fps()},
                                     .pixel_height = static_cast<float>(job.pixel_height),
                                     .pixel_width = static_cast<float>(job.pixel_width),
                                     .merging = job.merging,
                                     .guidance_scale = static_cast<float>(job.guidance_scale)};
    return guided_velocity(*denoiser_, *text_, guidance, {.layers = search})(query);
  };
  return compute_guarded({.what = join("denoising, step ", query.step + 1, " of ", job.steps),
                          .most = kMostOfLatent,
                          .compute = compute,
                          .fall_back =
                              [&] {
                                text_.reset();  // it lies in memory that f32 may need
                                return denoiser_.fall_back_to_f32();
                              },
                          .reopen = [&] { denoiser_.reopen(); },
                          .note = [&](const std::string& sentence) { means_.progress.note(sentence); }});
}

void DenoisingStage::step_done(const FlowState& state, int clip, const std::vector<float>& mask) {
  totals_.path.push_back(describe_step(state, inputs_.job, inputs_.model.transformer.depth));
  if (means_.preview != nullptr) means_.preview->step_done(state);
  means_.progress.step_done(state.evaluations, state.most_evaluations);
  if (state.evaluations == state.most_evaluations) return;  // the latents are kept instead
  means_.checkpoint.reached(
      {.clip = clip, .flow = state.position(), .mask = mask, .in_f32 = denoiser_.in_f32(), .path = totals_.path});
}

}  // namespace odsora
