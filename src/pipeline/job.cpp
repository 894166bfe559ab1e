#include "pipeline/job.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "models/multiply_adds.h"
#include "sampling/rectified_flow.h"
#include "sampling/timesteps.h"
#include "techniques/presets.h"
#include "text/caption_cleaner.h"
#include "text/loop_prompt.h"
#include "text/score_suffix.h"

namespace odsora {
namespace {

constexpr int kLeastSide = 16;
constexpr int kLargestSide = 4096;
constexpr int kMostFrames = 10000;
constexpr int kMostSteps = 1000;
constexpr int kMostClips = 1000;
constexpr double kMostMotion = 1000;
constexpr double kLeastSeconds = 0.01;
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

double check_number(const char* name, double value, double least, double most) {
  if (!(value >= least && value <= most)) {
    fail(ErrorCode::kInvalidArgument, name, ": expected ", least, " to ", most, ", found ", value);
  }
  return value;
}

ClipSize clip_size(const Job& job) { return {job.frames, job.latent_frames, job.latent_height, job.latent_width}; }

// What is appended to each prompt: the request's scores, or the model's own.
ScoreSuffix choose_scores(const Request& request, const ModelManifest& defaults) {
  if (request.raw_prompt) {
    if (request.aesthetic_score || request.motion_score || !request.camera_motion.empty()) {
      fail(ErrorCode::kInvalidArgument, "raw prompt: scores and camera motion are appended to the prompt, so they ",
           "cannot be given beside it; write them into the prompt, or leave out one of them");
    }
    return {};
  }
  ScoreSuffix scores = {.aesthetic = defaults.aesthetic_score, .motion = {}, .camera_motion = request.camera_motion};
  if (request.aesthetic_score) scores.aesthetic = check_number("aesthetic score", *request.aesthetic_score, 0, 10);
  if (request.motion_score) scores.motion = check_number("motion score", *request.motion_score, 0, kMostMotion);
  return scores;
}

std::string make_caption(const char* name, const std::string& prompt, const Request& request,
                         const ScoreSuffix& scores) {
  const std::string cleaned = clean_caption(prompt);
  if (cleaned.empty()) {
    fail(ErrorCode::kInvalidArgument, name, ": expected words that describe the video, found ",
         prompt.empty() ? "nothing" : "only blanks and symbols");
  }
  return request.raw_prompt ? prompt : clean_caption(append_scores(prompt, scores));
}

void choose_captions(const Request& request, const ModelManifest& defaults, Job& job) {
  check_range("clips", request.clips, 1, kMostClips);
  const ScoreSuffix scores = choose_scores(request, defaults);
  for (const std::string& prompt : prompts_of_clips(request.prompt, request.clips)) {
    job.captions.push_back(make_caption("prompt", prompt, request, scores));
  }
  if (!request.negative_prompt.empty()) {
    job.negative_caption = make_caption("negative prompt", request.negative_prompt, request, {});
  }
  job.aesthetic_score = scores.aesthetic;
}

int frames_of(const Request& request, const Job& job, const ModelManifest& defaults, const VideoVaeConfig& vae) {
  if (!request.seconds) return check_range("frames", request.frames.value_or(defaults.frames), 1, kMostFrames);
  if (request.frames) {
    fail(ErrorCode::kInvalidArgument, "seconds: ", *request.seconds, " and ", *request.frames,
         " frames both say how long a clip is; leave out one of them");
  }
  const double frames = check_number("seconds", *request.seconds, kLeastSeconds, kMostFrames / job.fps) * job.fps;
  constexpr double kRounding = 1e-6;  // of 2.125 s at 8 frames a second
  const auto chunk = static_cast<double>(vae.frames_per_chunk);
  return std::min(kMostFrames, static_cast<int>(std::max(1.0, std::ceil(frames / chunk - kRounding)) * chunk));
}

ClipOverlap overlap_of(const Job& job, const VideoVaeConfig& vae) {
  const auto chunk = static_cast<int>(vae.frames_per_chunk);
  if (job.clips() > 1 && (job.frames % chunk != 0 || job.frames < 2 * chunk)) {
    fail(ErrorCode::kInvalidArgument, "frames: clips that go on from each other share ", chunk,
         " frames, so each must have a multiple of that, ", 2 * chunk, " at least; found ", job.frames);
  }
  return {.frames = chunk, .latent_frames = vae.latent_frames_per_chunk()};
}

// The files that are given, in the order in which a mask strategy counts them, and where their frames go.
void choose_conditioning(const Conditioning& given, Job& job) {
  const bool by_strategy = !given.mask_strategy.empty();
  if (!by_strategy && !given.init_image.path.empty() && !given.init_video.path.empty()) {
    fail(ErrorCode::kInvalidArgument, "init image: ", given.init_image.path, " and the init video ",
         given.init_video.path, " would both be the beginning; leave out one, or place them by a mask strategy");
  }
  if (!by_strategy && !given.end_image.path.empty() && job.latent_frames < 2) {
    fail(ErrorCode::kInvalidArgument, "end image: expected a video of several frames, found ", job.frames);
  }
  const auto add = [&](const char* option, const Reference& file, JobReference::Take take, FramePlacement placement) {
    if (file.path.empty()) return;
    placement.reference = static_cast<int>(job.references.size());
    job.references.push_back({.take = take, .option = option, .file = file});
    if (!by_strategy) job.placements.push_back(placement);
  };
  using Take = JobReference::Take;
  add("init image", given.init_image, Take::kPicture, {});
  add("init video", given.init_video, by_strategy ? Take::kAll : Take::kEnd, {.length = job.overlap.latent_frames});
  add("end image", given.end_image, by_strategy ? Take::kPicture : Take::kStill,
      {.clip = job.clips() - 1, .reference_start = -1, .target_start = -1});
  if (by_strategy) {
    job.placements = parse_mask_strategy(given.mask_strategy, {.clips = job.clips(),
                                                               .references = static_cast<int>(job.references.size()),
                                                               .alignment = job.overlap.latent_frames});
  }
}

// Frames that join the path late must do so before its last leap.
void check_joining(const Job& job) {
  const std::vector<float> times = job.times();
  for (const FramePlacement& placement : job.placements) {
    check_leap_with_mask(job.leap, times, std::vector{placement.edit_ratio});
  }
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

int Job::clip_after(int shown) const {
  int clip = 0;
  while (clip + 1 < clips() && shown >= frames_before(clip + 1)) ++clip;
  return clip;
}

bool Job::is_conditioned(int clip) const {
  return clip > 0 || std::any_of(placements.begin(), placements.end(),
                                 [clip](const FramePlacement& placement) { return placement.clip == clip; });
}

bool Job::is_conditioned() const { return clips() > 1 || !placements.empty(); }

std::vector<float> Job::times() const {
  return timesteps({.steps = steps,
                    .pixel_height = pixel_height,
                    .pixel_width = pixel_width,
                    .frames = frames,
                    .latent_frames = latent_frames});
}

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

double conditioning_work(const Job& job, const VideoVaeConfig& vae) {
  ClipSize chunk = clip_size(job);
  chunk.frames = std::min(job.frames, job.overlap.frames);
  chunk.latent_frames = vae.latent_frames(chunk.frames);
  return vae_encode_multiply_adds(vae, chunk);
}

Job plan_job(const Request& request, const ModelManifest& defaults, const StDit3Config& transformer,
             const VideoVaeConfig& vae) {
  Job job;
  choose_captions(request, defaults, job);
  job.pixel_width = check_range("width", request.width.value_or(defaults.width), kLeastSide, kLargestSide);
  job.pixel_height = check_range("height", request.height.value_or(defaults.height), kLeastSide, kLargestSide);
  job.fps = check_number("fps", request.fps.value_or(defaults.fps), kLeastFps, kMostFps);
  job.frames = frames_of(request, job, defaults, vae);
  job.overlap = overlap_of(job, vae);
  job.steps = check_range("steps", request.steps.value_or(defaults.steps), 1, kMostSteps);
  choose_techniques(request, defaults, transformer, job);
  job.guidance_scale =
      check_number("guidance scale", request.guidance_scale.value_or(defaults.guidance_scale), 0, kMostGuidance);
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
  choose_conditioning(request.conditioning, job);
  check_joining(job);
  return job;
}

}  // namespace odsora
