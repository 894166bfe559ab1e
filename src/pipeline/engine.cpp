// The bodies of the public header.
#include <algorithm>
#include <random>
#include <utility>

#include "base/available_memory.h"
#include "base/byte_size.h"
#include "base/error.h"
#include "base/process_memory.h"
#include "cpu/cpu_ops.h"
#include "cpu/isa.h"
#include "odsora/odsora.h"
#include "pipeline/forecast.h"
#include "pipeline/job.h"
#include "pipeline/model_digest.h"
#include "pipeline/model_folder.h"
#include "pipeline/pipeline.h"
#include "pipeline/preview_colors.h"
#include "pipeline/preview_writer.h"
#include "pipeline/prompt_cache.h"
#include "pipeline/prompt_key.h"
#include "pipeline/recipe.h"
#include "runtime/workspace.h"
#include "video/generation_data.h"
#include "video/png_writer.h"
#include "video/video_writer.h"

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

void add_totals(Report& report, const PipelineTotals& totals) {
  for (const StreamTotals& stream : totals.streams) {
    report.load_s += stream.stats.load_s;
    report.load_exposed_s += stream.stats.waited_s;
  }
}

}  // namespace

const char* version() { return ODSORA_VERSION; }

const char* phase_name(Phase phase) {
  switch (phase) {
    case Phase::kTextEncoding: return "text";
    case Phase::kConditioning: return "conditioning";
    case Phase::kDenoising: return "denoising";
    case Phase::kDecoding: return "decoding";
  }
  return "?";
}

const PlannedPhase& Plan::phase(Phase which) const {
  static const PlannedPhase kNone = {};
  const auto found =
      std::find_if(phases.begin(), phases.end(), [which](const PlannedPhase& phase) { return phase.phase == which; });
  return found == phases.end() ? kNone : *found;
}

uint64_t Plan::peak_bytes() const {
  uint64_t most = 0;
  for (const PlannedPhase& phase : phases) most = std::max(most, phase.peak_bytes);
  return most;
}

uint64_t Plan::bytes_read() const {
  uint64_t all = 0;
  for (const PlannedPhase& phase : phases) all += phase.bytes_read;
  return all;
}

double Plan::seconds() const {
  double all = 0;
  for (const PlannedPhase& phase : phases) all += phase.seconds;
  return all;
}

uint64_t random_seed() {
  std::random_device device;
  return device();
}

uint64_t parse_memory_size(const std::string& text) { return parse_byte_size(text); }

namespace {

// Where frames go: open once the job is known to fit, then a frame at a time, closed when the last one is there. Each
// may throw.
struct Destination {
  uint64_t bytes = 0;  // of memory that it may hold
  std::function<void()> open;
  PixelSink write;
  std::function<void()> close;
  std::filesystem::path preview = {};  // empty: none
};

// What is known of a job before work begins.
struct PreparedJob {
  JobTexts texts;
  std::vector<PromptKey> keys;  // of the texts in the cache; none without a cache
  std::vector<InspectedReference> references;
  bool cached_prompt = false;
  MemoryPlan memory;
  Plan told;
};

}  // namespace

struct Engine::Rep {
  EngineOptions options;
  DType compute_type;
  ModelFolder model;

  std::optional<PromptCache> cache;
  std::optional<PreviewColors> colors;  // from the first video on
  std::vector<JobText> embeddings;      // of the job before
  std::string model_digest_;            // empty until it is asked for

  explicit Rep(const EngineOptions& engine_options)
      : options(checked(engine_options)),
        compute_type(resolve_precision(options.precision)),
        model(options.model_folder) {
    if (options.prompt_cache) {
      cache.emplace(default_cache_folder(), PromptCache::kMostBytes, PromptCache::kMostEntries);
    }
    if (!options.model_digest.empty() && options.model_digest != digest()) {
      fail(ErrorCode::kBadModel, options.model_folder, ": expected the model whose digest is ", options.model_digest,
           ", found ", model.manifest.name, ", ", digest());
    }
  }

  ReaderPoolOptions reading() const { return {.throttle_bytes_per_s = options.streaming.throttle_bytes_per_s}; }

  Job plan(const Request& request) const { return plan_job(request, model.manifest, model.transformer, model.vae); }

  PreparedJob prepare(const Job& job, std::vector<InspectedReference> references, const ProgressMeter& progress,
                      uint64_t writer_bytes) {
    PreparedJob prepared;
    prepared.references = std::move(references);
    prepared.texts = tokenize(model, job, progress);
    find_embeddings(prepared);
    prepared.cached_prompt = prepared.texts.unknown() == 0;
    prepared.memory = plan_memory({.model = model,
                                   .job = job,
                                   .texts = prepared.texts,
                                   .references = prepared.references,
                                   .writer = writer_bytes,
                                   .compute_type = compute_type,
                                   .threads = options.threads,
                                   .limit = options.memory_limit > 0 ? options.memory_limit : default_memory_limit(),
                                   .keep_blocks = options.streaming.keep_blocks});
    prepared.told = forecast(prepared.memory, model, job, prepared.texts, reading());
    return prepared;
  }

  // From the job before, or from the disk.
  void find_embeddings(PreparedJob& prepared) {
    std::vector<JobText> kept;
    for (JobText& text : prepared.texts.texts) {
      const auto same = [&text](const JobText& other) { return other.tokens == text.tokens; };
      if (const auto found = std::find_if(embeddings.begin(), embeddings.end(), same); found != embeddings.end()) {
        text.embedding = found->embedding;
        kept.push_back(std::move(*found));
      }
      if (!cache) continue;
      prepared.keys.push_back(key_of(text.tokens));
      if (!text.embedding) text.embedding = cache->find(prepared.keys.back());
    }
    embeddings = std::move(kept);
  }

  PromptKey key_of(const std::vector<int32_t>& tokens) const {
    std::vector<std::filesystem::path> files = model.text_encoder_weights.files();
    files.push_back(model.text_encoder_config);
    return make_prompt_key(tokens, compute_type, files, isa_description());
  }

  void keep(const PreparedJob& prepared, size_t text, const HostTensor& embedding) {
    embeddings.push_back({.tokens = prepared.texts.texts[text].tokens, .embedding = embedding});
    if (cache) cache->store(prepared.keys[text], embedding);
  }

  const std::string& digest() {
    if (model_digest_.empty()) model_digest_ = model_digest(model);
    return model_digest_;
  }

  // The file's format, with what it tells of its making.
  VideoFormat format_of(const Request& request, const Job& job, const std::vector<InspectedReference>& references,
                        const OutputFile& output) {
    VideoFormat format = {.width = job.output_width,
                          .height = job.output_height,
                          .fps = job.fps,
                          .frames = job.output_frames(),
                          .quality = output.quality,
                          .generation_data = {}};
    if (!output.generation_data) return format;
    format.generation_data = recipe_json({.version = version(),
                                          .model_name = model.manifest.name,
                                          .model_digest = digest(),
                                          .precision = used_precision(compute_type),
                                          .quality = output.quality,
                                          .request = resolved_request(request, job, references)});
    return format;
  }

  // That the video and its preview can be written, and that nothing else is lost by it.
  void check_files(const VideoFormat& format, const Job& job, const OutputFile& output) const {
    check_output(format, output.path);
    if (output.preview.empty()) return;
    std::vector<std::filesystem::path> others = png_files(output.path, format.frames);
    others.emplace_back(output.path);
    for (const JobReference& reference : job.references) others.emplace_back(reference.file.path);
    check_preview(output.preview, others);
  }

  Report run(const Job& job, std::vector<InspectedReference> references, const Observer& observer,
             const CancelToken* cancel, const Destination& destination) {
    ProgressMeter progress(observer);
    const PreparedJob prepared = prepare(job, std::move(references), progress, destination.bytes);
    progress.set_work({.denoising = denoising_work(job, model.transformer, prepared.texts.most_tokens()),
                       .decoding = decoding_work(job, model.vae),
                       .clips = job.clips()});
    Report report = report_on(job, compute_type, prepared.told);
    report.cached_prompt = prepared.cached_prompt;
    if (observer.on_start) observer.on_start(report);
    if (job.output_width != job.pixel_width || job.output_height != job.pixel_height) {
      progress.note(join("the model works in blocks of ", model.vae.space_factor(), " pixels, so the video will be ",
                         job.output_width, "x", job.output_height));
    }
    if (too_few_steps_to_leap(job.leap, job.steps)) {
      progress.note(
          join("LPL cannot tell in only ", job.steps, " steps whether the path is straight, so none is left out"));
    }
    if (!colors) colors.emplace(model, options.prompt_cache ? default_cache_folder() : std::nullopt);
    std::optional<PreviewWriter> preview;
    if (!destination.preview.empty()) {
      preview.emplace(PreviewWriterInputs{destination.preview, colors->map(), job.clips()}, observer, progress);
    }
    destination.open();
    std::optional<Trace> trace;
    if (!options.trace_file.empty()) trace.emplace(options.trace_file);
    ReaderPool readers(reading());
    try {
      MemoryBudget budget(prepared.memory.limit);
      const MemoryLease overhead = budget.reserve(prepared.memory.overhead, "the process itself");
      Workspace workspace;
      const auto ops = make_cpu_ops(
          {.compute_type = compute_type, .threads = options.threads, .workspace = workspace, .cancel = cancel});
      PipelineTotals totals = run_pipeline(
          {.model = model,
           .job = job,
           .texts = prepared.texts,
           .references = prepared.references,
           .plan = prepared.memory,
           .prefetch = options.streaming.prefetch,
           .keep_text = [&](size_t text, const HostTensor& embedding) { keep(prepared, text, embedding); }},
          {.ops = *ops,
           .workspace = workspace,
           .budget = budget,
           .readers = readers,
           .progress = progress,
           .trace = trace ? &*trace : nullptr,
           .preview = preview ? &*preview : nullptr,
           .learner = colors->learner()},
          destination.write);
      destination.close();
      colors->keep();
      add_totals(report, totals);
      report.path = std::move(totals.path);
    } catch (const Cancelled&) {
      report.cancelled = true;
      progress.end();
    }
    if (trace) trace->finish();
    report.evaluations = static_cast<int>(report.path.size());
    report.bytes_read = readers.bytes_read();
    report.text_s = progress.seconds(Phase::kTextEncoding);
    report.conditioning_s = progress.seconds(Phase::kConditioning);
    report.denoising_s = progress.seconds(Phase::kDenoising);
    report.decoding_s = progress.seconds(Phase::kDecoding);
    report.total_s = progress.elapsed();
    report.peak_rss_bytes = peak_resident_bytes();
    return report;
  }
};

Engine::Engine(const EngineOptions& options) : rep_(std::make_unique<Rep>(options)) {}

Engine::~Engine() = default;

Report Engine::generate(const Request& request, const OutputFile& output, const Observer& observer,
                        const CancelToken* cancel) {
  const Job job = rep_->plan(request);
  std::vector<InspectedReference> references = inspect_references(job, rep_->model.vae);
  const VideoFormat format = rep_->format_of(request, job, references, output);
  rep_->check_files(format, job, output);
  std::unique_ptr<VideoWriter> writer;
  return rep_->run(job, std::move(references), observer, cancel,
                   {.bytes = writer_memory(format, output.path) + (output.preview.empty() ? 0 : preview_bytes(job)),
                    .open = [&] { writer = open_video_writer(format, output.path); },
                    .write = [&](std::span<const uint8_t> frame) { writer->write(frame); },
                    .close = [&] { writer->finish(); },
                    .preview = output.preview});
}

void Engine::check(const Request& request, const OutputFile& output) {
  const Job job = rep_->plan(request);
  rep_->check_files(rep_->format_of(request, job, inspect_references(job, rep_->model.vae), output), job, output);
}

Plan Engine::plan(const Request& request) {
  const Job job = rep_->plan(request);
  const Observer nobody;
  const ProgressMeter silent(nobody);
  const VideoFormat mp4 = {
      .width = job.output_width, .height = job.output_height, .fps = job.fps, .frames = job.output_frames()};
  return rep_->prepare(job, inspect_references(job, rep_->model.vae), silent, writer_memory(mp4, "video.mp4")).told;
}

Video Engine::generate(const Request& request, const Observer& observer, const CancelToken* cancel) {
  const Job job = rep_->plan(request);
  Video video;
  video.report = rep_->run(
      job, inspect_references(job, rep_->model.vae), observer, cancel,
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

std::string read_generation_data(const std::string& file) { return read_generation_data(std::filesystem::path(file)); }

}  // namespace odsora
