#include "pipeline/engine_rep.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <set>
#include <utility>

#include "base/available_memory.h"
#include "base/error.h"
#include "base/process_memory.h"
#include "base/strict_json.h"
#include "cpu/cpu_ops.h"
#include "cpu/isa.h"
#include "pipeline/forecast.h"
#include "pipeline/model_digest.h"
#include "pipeline/preview_writer.h"
#include "pipeline/prompt_key.h"
#include "pipeline/recipe.h"
#include "runtime/workspace.h"
#include "video/pending_file.h"

namespace odsora {
namespace {

constexpr int kMostThreads = 1024;

EngineOptions checked(const EngineOptions& options) {
  if (options.threads < 0 || options.threads > kMostThreads) {
    fail(ErrorCode::kInvalidArgument, "threads: expected 0 to ", kMostThreads, ", found ", options.threads);
  }
  return options;
}

Precision used_precision(DType compute_type) {
  return compute_type == DType::kBF16 ? Precision::kBF16 : Precision::kF32;
}

Report report_on(const Job& job, DType compute_type, Plan plan) {
  Report report;
  report.seed = job.seed;
  report.width = job.output_width;
  report.height = job.output_height;
  report.frames = job.output_frames();
  report.fps = job.fps;
  report.preset = job.preset;
  report.steps = job.steps;
  report.precision = used_precision(compute_type);
  report.plan = std::move(plan);
  return report;
}

uint64_t preview_bytes(const Job& job) {
  return preview_memory(strip_layout(job.latent_frames, job.latent_height, job.latent_width));
}

void add_totals(Report& report, PipelineTotals totals) {
  for (const StreamTotals& stream : totals.streams) {
    report.load_s += stream.stats.load_s;
    report.load_exposed_s += stream.stats.waited_s;
  }
  report.path = std::move(totals.path);
}

void add_times(Report& report, const ProgressMeter& progress) {
  report.text_s = progress.seconds(Phase::kTextEncoding);
  report.conditioning_s = progress.seconds(Phase::kConditioning);
  report.denoising_s = progress.seconds(Phase::kDenoising);
  report.decoding_s = progress.seconds(Phase::kDecoding);
  report.total_s = progress.elapsed();
}

std::string absolute(const std::string& path) {
  std::error_code unknown;
  const std::filesystem::path whole = std::filesystem::absolute(path, unknown);
  return path.empty() || unknown ? path : whole.lexically_normal().string();
}

// While a checkpoint is held, nobody else writes these.
void remove_abandoned(const FileToMake& file) {
  std::set<std::string> names;
  for (const std::filesystem::path& target : output_files(file.format, file.output.path)) {
    names.insert(target.filename().string());
  }
  remove_abandoned_files(std::filesystem::path(file.output.path).parent_path(), names);
}

// What the user should know before work begins.
void note_oddities(const Job& job, const VideoVaeConfig& vae, const std::optional<CheckpointJob>& found,
                   const ProgressMeter& progress) {
  if (job.output_width != job.pixel_width || job.output_height != job.pixel_height) {
    progress.note(join("the model works in blocks of ", vae.space_factor(), " pixels, so the video will be ",
                       job.output_width, "x", job.output_height));
  }
  if (too_few_steps_to_leap(job.leap, job.steps)) {
    progress.note(
        join("LPL cannot tell in only ", job.steps, " steps whether the path is straight, so none is left out"));
  }
  if (found && found->arithmetic != isa_description()) {
    progress.note(join("this video was begun with other instructions (", quoted(found->arithmetic), ", here ",
                       isa_description(), "), so its bytes may differ from those of one machine"));
  }
}

}  // namespace

// What is known of a job before work begins.
struct Engine::Rep::Prepared {
  VideoToMake video;
  JobTexts texts;
  std::vector<PromptKey> keys;  // of the texts in the cache; none without a cache
  bool cached_prompt = false;
  Bytes writer = 0;
  MemoryPlan memory;
  Plan told;
};

Engine::Rep::Rep(const EngineOptions& engine_options)
    : options(checked(engine_options)),
      compute_type(resolve_precision(options.precision)),
      model(options.model_folder) {
  if (options.prompt_cache) {
    cache_.emplace(default_cache_folder(), PromptCache::kMostBytes, PromptCache::kMostEntries);
  }
  if (!options.model_digest.empty() && options.model_digest != digest()) {
    fail(ErrorCode::kBadModel, options.model_folder, ": expected the model whose digest is ", options.model_digest,
         ", found ", model.manifest.name, ", ", digest());
  }
}

Shape Engine::Rep::latent_shape(const Job& job) const {
  return {model.transformer.in_channels, job.latent_frames, job.latent_height, job.latent_width};
}

const std::string& Engine::Rep::digest() {
  if (model_digest_.empty()) model_digest_ = model_digest(model);
  return model_digest_;
}

VideoFormat Engine::Rep::format_of(const Job& job, const OutputFile& output, Recipe recipe) const {
  VideoFormat format = {.width = job.output_width,
                        .height = job.output_height,
                        .fps = job.fps,
                        .frames = job.output_frames(),
                        .quality = output.quality,
                        .generation_data = {}};
  recipe.quality = output.quality;
  if (output.generation_data) format.generation_data = recipe_json(recipe);
  return format;
}

CheckpointJob Engine::Rep::identity_of(Recipe recipe, const Conditioning& given, const OutputFile& output) const {
  recipe.quality = {};
  return {.recipe = recipe_json(recipe),
          .model_folder = absolute(options.model_folder),
          .arithmetic = isa_description(),
          .quality = output.quality,
          .generation_data = output.generation_data,
          .inputs = {absolute(given.init_image.path), absolute(given.init_video.path), absolute(given.end_image.path)}};
}

FileToMake Engine::Rep::file_to_make(const Request& request, const OutputFile& output) {
  const Job job = plan(request);
  std::vector<InspectedReference> references = inspect_references(job, model.vae);
  const Recipe recipe = {.version = version(),
                         .model_name = model.manifest.name,
                         .model_digest = digest(),
                         .precision = used_precision(compute_type),
                         .request = resolved_request(request, job, references)};
  FileToMake file = {.video = {.job = job, .preview = output.preview, .references = std::move(references)},
                     .output = output,
                     .format = format_of(job, output, recipe),
                     .identity = identity_of(recipe, request.conditioning, output)};
  check_files(file);
  return file;
}

// That the video and its preview can be written, and that nothing else is lost by it.
void Engine::Rep::check_files(const FileToMake& file) const {
  const OutputFile& output = file.output;
  check_output(file.format, output.path);
  if (output.preview.empty()) return;
  std::vector<std::filesystem::path> others = output_files(file.format, output.path);
  others.emplace_back(output.path);
  for (const JobReference& reference : file.video.job.references) others.emplace_back(reference.file.path);
  check_preview(output.preview, others);
}

FileToMake Engine::Rep::file_to_go_on_with(const Recipe& recipe, const OutputFile& output, int clips) {
  if (recipe.model_digest != digest()) {
    fail(ErrorCode::kBadModel, options.model_folder, ": expected the model whose digest is ", recipe.model_digest,
         ", found ", model.manifest.name, ", ", digest());
  }
  Job job = plan(recipe.request);
  job.captions.resize(static_cast<size_t>(clips));
  Recipe told = recipe;
  told.request.clips = clips;
  for (Reference* given : {&told.request.conditioning.init_image, &told.request.conditioning.init_video,
                           &told.request.conditioning.end_image}) {
    given->path = std::filesystem::path(given->path).filename().string();
  }
  FileToMake file = {.video = {.job = job, .preview = output.preview},
                     .output = output,
                     .format = format_of(job, output, told),
                     .identity = identity_of(told, recipe.request.conditioning, output)};
  check_files(file);
  return file;
}

Checkpoint Engine::Rep::open_checkpoint(const FileToMake& file) const {
  const Job& job = file.video.job;
  return {file.output.path,
          file.identity,
          job,
          {.caption_channels = model.transformer.caption_channels,
           .latent = latent_shape(job),
           .output = writer_disk(file.format, file.output.path)},
          file.output.checkpoints};
}

MemoryPlanInputs Engine::Rep::memory_inputs(const Prepared& prepared) const {
  return {.model = model,
          .job = prepared.video.job,
          .texts = prepared.texts,
          .references = prepared.video.references,
          .writer = prepared.writer,
          .compute_type = compute_type,
          .threads = options.threads,
          .limit = options.memory_limit > 0 ? options.memory_limit : default_memory_limit(),
          .only_decoding = prepared.video.only_decoding,
          .keep_blocks = options.streaming.keep_blocks};
}

Engine::Rep::Prepared Engine::Rep::prepare(VideoToMake video, const Checkpoint& checkpoint,
                                           const ProgressMeter& progress, uint64_t writer_bytes) {
  Prepared prepared;
  prepared.video = std::move(video);
  prepared.writer = writer_bytes;
  prepared.texts = tokenize(model, prepared.video.job, progress);
  find_embeddings(prepared, checkpoint);
  prepared.cached_prompt = prepared.texts.unknown() == 0;
  prepared.memory = plan_memory(memory_inputs(prepared));
  prepared.told = forecast(prepared.memory, model, prepared.video.job, prepared.texts, reading());
  return prepared;
}

// From the job before, from the checkpoint, or from the cache.
void Engine::Rep::find_embeddings(Prepared& prepared, const Checkpoint& checkpoint) {
  std::vector<JobText> kept;
  checkpoint.find_texts(prepared.texts);
  for (JobText& text : prepared.texts.texts) {
    const auto same = [&text](const JobText& other) { return other.tokens == text.tokens; };
    if (const auto found = std::find_if(embeddings_.begin(), embeddings_.end(), same); found != embeddings_.end()) {
      if (!text.embedding) text.embedding = found->embedding;
      kept.push_back(std::move(*found));
    }
    if (!cache_) continue;
    std::vector<std::filesystem::path> files = model.text_encoder_weights.files();
    files.push_back(model.text_encoder_config);
    prepared.keys.push_back(make_prompt_key(text.tokens, compute_type, files, isa_description()));
    if (!text.embedding) text.embedding = cache_->find(prepared.keys.back());
  }
  embeddings_ = std::move(kept);
}

void Engine::Rep::keep_embedding(const Prepared& prepared, size_t text, const HostTensor& embedding) {
  embeddings_.push_back({.tokens = prepared.texts.texts[text].tokens, .embedding = embedding});
  if (cache_) cache_->store(prepared.keys[text], embedding);
}

Plan Engine::Rep::foretell(VideoToMake video, uint64_t writer_bytes) {
  const Observer nobody;
  return prepare(std::move(video), Checkpoint(), ProgressMeter(nobody), writer_bytes).told;
}

Report Engine::Rep::make_file(FileToMake file, const Observer& observer, const CancelToken* cancel) {
  Checkpoint checkpoint = open_checkpoint(file);
  remove_abandoned(file);
  file.video.only_decoding = file.video.only_decoding || checkpoint.has_denoised_all();
  std::unique_ptr<VideoWriter> writer;
  const uint64_t preview = file.output.preview.empty() ? 0 : preview_bytes(file.video.job);
  Report report = make_video(std::move(file.video), checkpoint, observer, cancel,
                             {.bytes = writer_memory(file.format, file.output.path) + preview,
                              .open = [&] { writer = open_video_writer(file.format, file.output.path); },
                              .write = [&](std::span<const uint8_t> frame) { writer->write(frame); },
                              .close = [&] { writer->finish(); }});
  if (!report.cancelled) checkpoint.remove();
  return report;
}

Report Engine::Rep::make_video(VideoToMake video, Checkpoint& checkpoint, const Observer& observer,
                               const CancelToken* cancel, const Destination& destination) {
  ProgressMeter progress(observer);
  const Prepared prepared = prepare(std::move(video), checkpoint, progress, destination.bytes);
  const Job& job = prepared.video.job;
  progress.set_work({.denoising = denoising_work(job, model.transformer, prepared.texts.most_tokens()),
                     .decoding = decoding_work(job, model.vae),
                     .clips = job.clips()});
  Report report = report_on(job, compute_type, prepared.told);
  report.cached_prompt = prepared.cached_prompt;
  report.resumed = checkpoint.resumed();
  if (observer.on_start) observer.on_start(report);
  note_oddities(job, model.vae, checkpoint.found(), progress);
  checkpoint.begin();
  for (size_t clip = 0; clip < prepared.video.denoised.size(); ++clip) {
    checkpoint.keep_denoised(static_cast<int>(clip), prepared.video.denoised[clip]);
  }
  if (!colors_) colors_.emplace(model, options.prompt_cache ? default_cache_folder() : std::nullopt);
  std::optional<PreviewWriter> preview;
  if (!prepared.video.preview.empty()) {
    preview.emplace(PreviewWriterInputs{prepared.video.preview, colors_->map(), job.clips()}, observer, progress);
  }
  destination.open();
  std::optional<Trace> trace;
  if (!options.trace_file.empty()) trace.emplace(options.trace_file);
  ReaderPool readers(reading());
  try {
    add_totals(report, run(prepared,
                           {.checkpoint = checkpoint,
                            .progress = progress,
                            .readers = readers,
                            .preview = preview ? &*preview : nullptr,
                            .trace = trace ? &*trace : nullptr,
                            .cancel = cancel},
                           destination.write));
    destination.close();
    colors_->keep();
  } catch (const Cancelled&) {
    report.cancelled = true;
    if (checkpoint.keep_all()) report.checkpoint = checkpoint.place();
    progress.end();
  } catch (...) {
    if (checkpoint.keep_all()) progress.note(join("what is done is kept in ", checkpoint.place()));
    throw;
  }
  if (trace) trace->finish();
  report.evaluations = static_cast<int>(report.path.size());
  report.bytes_read = readers.bytes_read();
  add_times(report, progress);
  report.peak_rss_bytes = peak_resident_bytes();
  return report;
}

PipelineTotals Engine::Rep::run(const Prepared& prepared, const RunMeans& means, const PixelSink& sink) {
  MemoryBudget budget(prepared.memory.limit);
  const MemoryLease overhead = budget.reserve(prepared.memory.overhead, "the process itself");
  Workspace workspace;
  const auto make_ops = [&](DType type) {
    return make_cpu_ops(
        {.compute_type = type, .threads = options.threads, .workspace = workspace, .cancel = means.cancel});
  };
  const std::unique_ptr<Ops> ops = make_ops(compute_type);
  std::unique_ptr<Ops> f32_ops;
  const F32Means f32 = {
      .ops = [&]() -> Ops& {
        if (f32_ops == nullptr) f32_ops = make_ops(DType::kF32);
        return *f32_ops;
      },
      .plan = [&](Phase phase) { return plan_phase_in_f32(prepared.memory, memory_inputs(prepared), phase); }};
  return run_pipeline(
      {.model = model,
       .job = prepared.video.job,
       .texts = prepared.texts,
       .references = prepared.video.references,
       .plan = prepared.memory,
       .only_decoding = prepared.video.only_decoding,
       .prefetch = options.streaming.prefetch,
       .keep_text = [&](size_t text, const HostTensor& embedding) { keep_embedding(prepared, text, embedding); }},
      {.ops = *ops,
       .f32 = f32,
       .workspace = workspace,
       .budget = budget,
       .readers = means.readers,
       .progress = means.progress,
       .checkpoint = means.checkpoint,
       .trace = means.trace,
       .preview = means.preview,
       .learner = colors_->learner()},
      sink);
}

}  // namespace odsora
