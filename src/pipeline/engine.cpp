// The bodies of the public header.
#include <filesystem>
#include <random>
#include <utility>

#include "base/byte_size.h"
#include "base/error.h"
#include "odsora/odsora.h"
#include "pipeline/engine_rep.h"
#include "video/generation_data.h"
#include "video/video_writer.h"

namespace odsora {
namespace {

// A request without a seed takes that of the work that is unfinished, so that the same command goes on with it.
Request with_unfinished_seed(Request request, const OutputFile& output) {
  if (request.seed || output.checkpoints.fresh) return request;
  if (const auto job = unfinished_job(output.path)) {
    request.seed = parse_recipe(job->recipe, checkpoint_folder(output.path).string()).request.seed;
  }
  return request;
}

// The clips whose latents the files hold, which must follow each other.
std::vector<DenoisedClip> read_clips(const std::vector<std::string>& files, const Shape& latent) {
  std::vector<DenoisedClip> clips;
  int first = 0;
  for (const std::string& name : files) {
    int clip = 0;
    clips.push_back(read_denoised(CheckpointFile(name), latent, clip));
    if (clips.size() == 1) first = clip;
    const int expected = first + static_cast<int>(clips.size()) - 1;
    if (clip == expected) continue;
    fail(ErrorCode::kInvalidArgument, name, ": expected the latents of clip ", expected + 1, ", found those of clip ",
         clip + 1);
  }
  return clips;
}

}  // namespace

const char* version() { return ODSORA_VERSION; }

uint64_t random_seed() {
  std::random_device device;
  return device();
}

uint64_t parse_memory_size(const std::string& text) { return parse_byte_size(text); }

std::string read_generation_data(const std::string& file) { return read_generation_data(std::filesystem::path(file)); }

Unfinished read_unfinished(const std::string& place) {
  const std::filesystem::path given(place);
  const bool is_file = std::filesystem::is_regular_file(given) && given.extension() == ".safetensors";
  const std::filesystem::path output = output_of_checkpoint(given);
  const std::optional<CheckpointJob> job = is_file ? read_job(CheckpointFile(given)) : unfinished_job(output);
  if (!job) {
    fail(ErrorCode::kInvalidArgument, place, ": expected a video that was left unfinished, found no checkpoint ",
         checkpoint_folder(output).string());
  }
  return {.output = {.path = output.string(), .quality = job->quality, .generation_data = job->generation_data},
          .model_folder = job->model_folder,
          .recipe = recipe_of(*job, place)};
}

Engine::Engine(const EngineOptions& options) : rep_(std::make_unique<Rep>(options)) {}

Engine::~Engine() = default;

Report Engine::generate(const Request& request, const OutputFile& output, const Observer& observer,
                        const CancelToken* cancel) {
  FileToMake file = rep_->file_to_make(with_unfinished_seed(request, output), output);
  return rep_->make_file(std::move(file), observer, cancel);
}

bool Engine::has_unfinished(const Request& request, const OutputFile& output) {
  const auto job = unfinished_job(output.path);
  return job && difference(job->recipe, rep_->file_to_make(request, output).identity.recipe).empty();
}

bool Engine::is_made(const Request& request, const OutputFile& output) {
  FileToMake file = rep_->file_to_make(request, output);
  const std::filesystem::path first = output_files(file.format, output.path).front();
  if (!output.generation_data || !std::filesystem::exists(first) || unfinished_job(output.path)) return false;
  try {
    const std::string told = read_generation_data(first);
    if (!request.seed) {
      Request with_its_seed = request;
      with_its_seed.seed = parse_recipe(told, first.string()).request.seed;
      file = rep_->file_to_make(with_its_seed, output);
    }
    return told == file.format.generation_data;
  } catch (const Error&) {
    return false;  // a file of somebody else's
  }
}

Report Engine::resume(const Unfinished& unfinished, const Observer& observer, const CancelToken* cancel) {
  const Request& request = unfinished.recipe.request;
  FileToMake file = knows_given_latents(unfinished.output.path, request.clips)
                        ? rep_->file_to_go_on_with(unfinished.recipe, unfinished.output, request.clips)
                        : rep_->file_to_make(request, unfinished.output);
  return rep_->make_file(std::move(file), observer, cancel);
}

Report Engine::decode(const std::vector<std::string>& latents, const OutputFile& output, const Observer& observer,
                      const CancelToken* cancel) {
  if (latents.empty()) fail(ErrorCode::kInvalidArgument, "latents: expected a file at least, found none");
  const Recipe recipe = read_unfinished(latents.front()).recipe;
  const auto clips = static_cast<int>(latents.size());
  OutputFile told = output;
  // A part of a video is made by no request, so its file tells of none.
  told.generation_data = output.generation_data && clips == recipe.request.clips;
  FileToMake file = rep_->file_to_go_on_with(recipe, told, clips);
  file.video.denoised = read_clips(latents, rep_->latent_shape(file.video.job));
  file.video.only_decoding = true;
  return rep_->make_file(std::move(file), observer, cancel);
}

void Engine::check(const Request& request, const OutputFile& output) { rep_->file_to_make(request, output); }

Plan Engine::plan(const Request& request) {
  const Job job = rep_->plan(request);
  const VideoFormat mp4 = {
      .width = job.output_width, .height = job.output_height, .fps = job.fps, .frames = job.output_frames()};
  return rep_->foretell({.job = job, .references = inspect_references(job, rep_->model.vae)},
                        writer_memory(mp4, "video.mp4"));
}

Video Engine::generate(const Request& request, const Observer& observer, const CancelToken* cancel) {
  const Job job = rep_->plan(request);
  Checkpoint nothing;
  Video video;
  video.report = rep_->make_video(
      {.job = job, .references = inspect_references(job, rep_->model.vae)}, nothing, observer, cancel,
      {.open = [] {},
       .write = [&](std::span<const uint8_t> frame) { video.rgb.insert(video.rgb.end(), frame.begin(), frame.end()); },
       .close = [] {}});
  if (video.report.cancelled) video.rgb.clear();
  video.width = job.output_width;
  video.height = job.output_height;
  video.frames = job.output_frames();
  video.fps = job.fps;
  return video;
}

}  // namespace odsora
