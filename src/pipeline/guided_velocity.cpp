#include "pipeline/guided_velocity.h"

#include <utility>

#include "sampling/guidance.h"

namespace odsora {
namespace {

template <typename Values>
auto repeated(const Values& values) {
  std::vector<typename Values::value_type> both(values.begin(), values.end());
  both.insert(both.end(), values.begin(), values.end());
  return both;
}

}  // namespace

VelocityFunction guided_velocity(StDit3& denoiser, TextCondition& text, GuidanceInputs inputs, VelocityProbes probes) {
  return [&denoiser, &text, inputs = std::move(inputs), probes = std::move(probes)](const VelocityQuery& query) {
    const HostTensor latents = twice(query.z);
    const auto times = repeated(query.timesteps);
    const auto fps = repeated(inputs.fps);
    const auto moving = repeated(query.moving);
    const HostTensor prediction = denoiser.forward({.latent = latents,
                                                    .timesteps = times,
                                                    .fps = fps,
                                                    .pixel_height = inputs.pixel_height,
                                                    .pixel_width = inputs.pixel_width,
                                                    .text = text,
                                                    .frame_moves = moving,
                                                    .merging = inputs.merging,
                                                    .step = query.step},
                                                   probes.layers);
    if (probes.prediction) probes.prediction(prediction);
    return guide(prediction, denoiser.config().in_channels, inputs.guidance_scale);
  };
}

}  // namespace odsora
