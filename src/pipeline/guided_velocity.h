// The denoiser as the sampler sees it: one velocity, guided towards the prompt.
#pragma once

#include <functional>
#include <vector>

#include "models/stdit3.h"
#include "sampling/rectified_flow.h"

namespace odsora {

struct GuidanceInputs {
  std::vector<float> fps;  // [batch]
  float pixel_height = 0, pixel_width = 0;
  TokenMerging merging = {};
  float guidance_scale = 1;
};

/// Receives what the denoiser said, [2 batch, out channels, frames, height, width], before guidance: for tests.
using PredictionProbe = std::function<void(const HostTensor& prediction)>;

struct VelocityProbes {
  PredictionProbe prediction = {};
  Probe layers = {};  // of the denoiser
};

/// The denoiser sees each latent twice, with the texts of the batch and with those to keep away from: `text` has both,
/// in this order. `denoiser` and `text` must live as long as the function.
VelocityFunction guided_velocity(StDit3& denoiser, TextCondition& text, GuidanceInputs inputs,
                                 VelocityProbes probes = {});

}  // namespace odsora
