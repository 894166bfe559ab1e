// One video to make: a request with every default filled in and every value checked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/stdit3_config.h"
#include "models/vae_config.h"
#include "odsora/odsora.h"
#include "techniques/linear_proportional_leap.h"
#include "techniques/temporal_token_merging.h"
#include "weights/model_manifest.h"

namespace odsora {

struct Job {
  std::string caption;  // the prompt with the model's suffix, cleaned: what the tokeniser sees
  int pixel_width = 0;  // as asked for: what the model is told
  int pixel_height = 0;
  int frames = 0;
  double fps = 0;
  int steps = 0;
  std::optional<Preset> preset;  // absent where the request chose the techniques
  Leap leap;
  TokenMerging merging;  // none where there is but one latent frame
  float guidance_scale = 0;
  uint64_t seed = 0;
  int64_t latent_frames = 0;
  int64_t latent_height = 0;
  int64_t latent_width = 0;
  int output_width = 0;  // of the decoded frames
  int output_height = 0;

  /// The frame rate that conditions the model: pictures have a constant of their own.
  float conditioning_fps() const;

  /// Of the denoiser; a leap that is decided along the path makes it fewer.
  int most_evaluations() const { return odsora::most_evaluations(leap, steps); }
};

/// Multiply-adds of each evaluation, [job.most_evaluations()].
std::vector<double> denoising_work(const Job& job, const StDit3Config& transformer, int64_t text_tokens);

/// Of the whole clip.
double decoding_work(const Job& job, const VideoVaeConfig& vae);

/// Throws Error(kInvalidArgument) that names the first value that cannot be used, what it must be and what it is.
Job plan_job(const Request& request, const ModelManifest& defaults, const StDit3Config& transformer,
             const VideoVaeConfig& vae);

}  // namespace odsora
