#include "pipeline/job.h"

#include <cmath>

#include "base/error.h"
#include "models/multiply_adds.h"
#include "techniques/presets.h"
#include "text/caption_cleaner.h"
#include "text/score_suffix.h"

namespace odsora {
namespace {

constexpr int kLeastSide = 16;
constexpr int kLargestSide = 4096;
constexpr int kMostFrames = 10000;
constexpr int kMostSteps = 1000;
constexpr double kLeastFps = 0.1;
constexpr double kMostFps = 240;
constexpr double kMostGuidance = 100;
constexpr float kPictureFps = 120.0F;  // what Open-Sora tells its model for a single frame

int check_range(const char* name, int value, int least, int most) {
  if (value < least || value > most) {
    fail(ErrorCode::kInvalidArgument, name, ": expected ", least, " to ", most, ", found ", value);
  }
  return value;
}

int check_side(const char* name, int pixels) {
  check_range(name, pixels, kLeastSide, kLargestSide);
  if (pixels % 2 != 0) {
    fail(ErrorCode::kInvalidArgument, name, ": expected an even number of pixels, found ", pixels);
  }
  return pixels;
}

ClipSize clip_size(const Job& job) { return {job.frames, job.latent_frames, job.latent_height, job.latent_width}; }

std::string make_caption(const std::string& prompt, const ModelManifest& defaults) {
  if (clean_caption(prompt).empty()) {
    fail(ErrorCode::kInvalidArgument, "prompt: expected words that describe the video, found ",
         prompt.empty() ? "nothing" : "only blanks and symbols");
  }
  return clean_caption(
      append_scores(prompt, {.aesthetic = defaults.aesthetic_score, .motion = {}, .camera_motion = {}}));
}

// Those that the request names, or else those of its preset or of the model's.
void choose_techniques(const Request& request, const ModelManifest& defaults, const StDit3Config& transformer,
                       Job& job) {
  if (request.leap || request.tdtm) {
    if (request.preset) {
      fail(ErrorCode::kInvalidArgument, "preset: ", preset_name(*request.preset),
           " chooses leaps and merging itself, so ", request.leap ? leap_name(*request.leap) : "tdtm",
           " cannot be given beside it; leave out one of them");
    }
    job.leap = request.leap.value_or(Leap());
    job.merging = request.tdtm.value_or(TokenMerging());
  } else {
    job.preset = request.preset.value_or(defaults.preset);
    job.leap = preset_leap(*job.preset, job.steps);
  }
  check_leap(job.leap, job.steps);
  check_token_merging(job.merging, job.steps, transformer.depth);
}

}  // namespace

float Job::conditioning_fps() const { return frames == 1 ? kPictureFps : static_cast<float>(fps); }

std::vector<double> denoising_work(const Job& job, const StDit3Config& transformer, int64_t text_tokens) {
  std::vector<double> work;
  for (const int step : evaluated_steps(job.leap, job.steps)) {
    work.push_back(stdit3_multiply_adds(transformer, clip_size(job), text_tokens,
                                        merged_blocks(job.merging, step, transformer.depth)));
  }
  return work;
}

double decoding_work(const Job& job, const VideoVaeConfig& vae) {
  return vae_decode_multiply_adds(vae, clip_size(job));
}

Job plan_job(const Request& request, const ModelManifest& defaults, const StDit3Config& transformer,
             const VideoVaeConfig& vae) {
  Job job;
  job.caption = make_caption(request.prompt, defaults);
  job.pixel_width = check_side("width", request.width.value_or(defaults.width));
  job.pixel_height = check_side("height", request.height.value_or(defaults.height));
  job.frames = check_range("frames", request.frames.value_or(defaults.frames), 1, kMostFrames);
  job.steps = check_range("steps", request.steps.value_or(defaults.steps), 1, kMostSteps);
  choose_techniques(request, defaults, transformer, job);

  job.fps = request.fps.value_or(defaults.fps);
  if (!(job.fps >= kLeastFps && job.fps <= kMostFps)) {
    fail(ErrorCode::kInvalidArgument, "fps: expected ", kLeastFps, " to ", kMostFps, ", found ", job.fps);
  }
  const double guidance = request.guidance_scale.value_or(defaults.guidance_scale);
  if (!(guidance >= 0 && guidance <= kMostGuidance)) {
    fail(ErrorCode::kInvalidArgument, "guidance scale: expected 0 to ", kMostGuidance, ", found ", guidance);
  }
  job.guidance_scale = static_cast<float>(guidance);
  job.seed = request.seed ? *request.seed : random_seed();

  const int64_t factor = vae.space_factor();
  job.latent_frames = vae.latent_frames(job.frames);
  job.latent_height = job.pixel_height / factor;
  job.latent_width = job.pixel_width / factor;
  if (job.latent_frames == 1) job.merging = {};
  job.output_width = static_cast<int>(job.latent_width * factor);
  job.output_height = static_cast<int>(job.latent_height * factor);
  if (job.latent_height == 0 || job.latent_width == 0) {
    fail(ErrorCode::kInvalidArgument, "size: this model makes blocks of ", factor, " pixels, so width and height must ",
         "be at least that; found ", job.pixel_width, "x", job.pixel_height);
  }
  return job;
}

}  // namespace odsora
