// From given frames to latents.
#pragma once

#include <cstdint>
#include <vector>

#include "models/video_vae.h"
#include "pipeline/phase_model.h"

namespace odsora {

class ConditioningStage {
 public:
  ConditioningStage(const PipelineInputs& inputs, const PipelineMeans& means, PipelineTotals& totals);

  /// What is taken of the job's files, [channels, latent frames, height, width] each. Throws Error(kNumbers) and
  /// Error(kInvalidArgument).
  std::vector<HostTensor> encode_references();

  /// A chunk that a clip goes on from: 8-bit frames [frames, height, width, 3]. Throws Error(kNumbers).
  HostTensor encode_chunk(const std::vector<uint8_t>& rgb);

 private:
  HostTensor encode(const HostTensor& frames);

  const PipelineInputs& inputs_;
  const PipelineMeans& means_;
  PhaseModel<VideoVaeEncoder, VideoVaeConfig> encoder_;
};

}  // namespace odsora
