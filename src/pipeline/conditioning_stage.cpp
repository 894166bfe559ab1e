#include "pipeline/conditioning_stage.h"

#include "pipeline/guarded_computation.h"
#include "pipeline/number_guard.h"

namespace odsora {

ConditioningStage::ConditioningStage(const PipelineInputs& inputs, const PipelineMeans& means, PipelineTotals& totals)
    : inputs_(inputs),
      means_(means),
      encoder_(inputs.model.vae_weights, inputs.model.vae, Phase::kConditioning, inputs, means, totals) {}

std::vector<HostTensor> ConditioningStage::encode_references() {
  int chunks = 0, done = 0;
  for (const InspectedReference& reference : inputs_.references) chunks += reference.chunks;
  means_.progress.begin(Phase::kConditioning, chunks);
  encoder_.begin(chunks);
  std::vector<HostTensor> latents;
  for (const InspectedReference& reference : inputs_.references) {
    latents.push_back(encode_reference(reference, inputs_.job, inputs_.model.vae, [&](const HostTensor& frames) {
      HostTensor latent = encode(frames);
      means_.progress.step_done(++done);
      return latent;
    }));
  }
  encoder_.end();
  means_.checkpoint.keep_given(latents);
  return latents;
}

HostTensor ConditioningStage::encode_chunk(const std::vector<uint8_t>& rgb) {
  means_.progress.begin(Phase::kConditioning, 1);
  encoder_.begin(1);
  HostTensor latent = encode(frames_from_pixels(rgb, inputs_.job.output_height, inputs_.job.output_width));
  encoder_.end();
  means_.progress.step_done(1);
  return latent;
}

HostTensor ConditioningStage::encode(const HostTensor& frames) {
  return compute_guarded({.what = "conditioning",
                          .most = kMostOfLatent,
                          .compute =
                              [&](const Probe& search) {
                                LatentDraw means;  // no draw: the same file gives the same video
                                return encoder_->encode_chunk(frames, means, {.probe = search});
                              },
                          .fall_back = [&] { return encoder_.fall_back_to_f32(); },
                          .reopen = [&] { encoder_.reopen(); },
                          .note = [&](const std::string& sentence) { means_.progress.note(sentence); }});
}

}  // namespace odsora
