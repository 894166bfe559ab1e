// One video to make: a request with every default filled in and every value checked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/stdit3_config.h"
#include "models/vae_config.h"
#include "odsora/odsora.h"
#include "sampling/mask_strategy.h"
#include "techniques/linear_proportional_leap.h"
#include "techniques/temporal_token_merging.h"
#include "weights/model_manifest.h"

namespace odsora {

/// A file whose frames are given, and what is taken of it.
struct JobReference {
  enum class Take {
    kPicture,  // one frame
    kStill,    // one frame, as a clip of one chunk in which nothing moves
    kEnd,      // of a video: its last chunk
    kAll,      // of a video
  };
  Take take = Take::kPicture;
  std::string option;  // that named it, for error messages: "init image"
  Reference file;

  bool is_video() const { return take == Take::kEnd || take == Take::kAll; }
};

/// Frames that both of two clips have where one goes on from the other.
struct ClipOverlap {
  int frames = 0;
  int64_t latent_frames = 0;
};

struct Job {
  std::vector<std::string> captions;      // [clips]: prompts with the model's suffix, cleaned: what the tokeniser sees
  std::string negative_caption;           // likewise; empty: the model's null text
  std::optional<double> aesthetic_score;  // that the captions have
  int pixel_width = 0;                    // as asked for: what the model is told
  int pixel_height = 0;
  int frames = 0;  // of a clip
  ClipOverlap overlap;
  double fps = 0;
  int steps = 0;
  std::optional<Preset> preset;  // absent where the request chose the techniques
  Leap leap;
  TokenMerging merging;  // none where there is but one latent frame
  double guidance_scale = 0;
  uint64_t seed = 0;
  int64_t latent_frames = 0;
  int64_t latent_height = 0;
  int64_t latent_width = 0;
  int output_width = 0;  // of the decoded frames
  int output_height = 0;
  std::vector<JobReference> references;
  std::vector<FramePlacement> placements;  // of their frames

  int clips() const { return static_cast<int>(captions.size()); }
  /// Frames of the video that earlier clips make. A clip makes its own frames but for those that it shares with the one
  /// before.
  int frames_before(int clip) const { return clip == 0 ? 0 : frames + (clip - 1) * (frames - overlap.frames); }
  int shared_frames(int clip) const { return clip == 0 ? 0 : overlap.frames; }
  /// The clip that makes the frame after so many of the video; the last clip where there is none.
  int clip_after(int frames) const;
  int output_frames() const { return frames_before(clips()); }

  /// Whether frames are given in the clip, from 0, or in any.
  bool is_conditioned(int clip) const;
  bool is_conditioned() const;

  /// Times of the denoising path, [steps].
  std::vector<float> times() const;

  /// The frame rate that conditions the model: pictures have a constant of their own.
  float conditioning_fps() const;

  /// Of the denoiser; a leap that is decided along the path makes it fewer.
  int most_evaluations() const { return odsora::most_evaluations(leap, steps); }
};

/// Multiply-adds of each evaluation, [job.most_evaluations()].
std::vector<double> denoising_work(const Job& job, const StDit3Config& transformer, int64_t text_tokens);

/// Of a whole clip.
double decoding_work(const Job& job, const VideoVaeConfig& vae);

/// Of the chunk that a clip goes on from: what is given by files is about as much.
double conditioning_work(const Job& job, const VideoVaeConfig& vae);

/// Throws Error(kInvalidArgument) that names the first value that cannot be used, what it must be and what it is.
Job plan_job(const Request& request, const ModelManifest& defaults, const StDit3Config& transformer,
             const VideoVaeConfig& vae);

}  // namespace odsora
