// From a clip's latents to its frames.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "models/video_vae.h"
#include "pipeline/number_guard.h"
#include "pipeline/phase_model.h"

namespace odsora {

class DecodingStage {
 public:
  DecodingStage(const PipelineInputs& inputs, const PipelineMeans& means, PipelineTotals& totals);

  /// Begins to read the model if it fits beside the phase that is at work.
  void open_early() { decoder_.open_early(chunks_from(0)); }

  /// Receives the frames of the video in order, those of an earlier run included.
  void look_at(std::span<const uint8_t> frame) { picture_.add(frame); }

  struct Start {
    int clip = 0;
    int frame = 0;  // of the clip: the first one that is wanted
    bool in_f32 = false;
  };

  /// Hands over the frames of the latents [channels, latent frames, height, width] from `start` on, each to be kept in
  /// the checkpoint. Throws Error(kNumbers), after the last clip also for a video in which there is nothing to see.
  void run(const HostTensor& latent, const Start& start, const PixelSink& sink);

 private:
  struct WrongPixels {
    std::string fault;
  };

  void decode(const HostTensor& latent, int first, const PixelSink& sink);
  std::string find_layer(const HostTensor& latent, LayerSearch::Fault fault);
  [[noreturn]] void fail_flat(const HostTensor& latent);
  int chunks_from(int frame) const;

  const PipelineInputs& inputs_;
  const PipelineMeans& means_;
  PhaseModel<VideoVaeDecoder, VideoVaeConfig> decoder_;
  FlatPicture picture_;
  int done_ = 0;  // frames of the clip
};

}  // namespace odsora
