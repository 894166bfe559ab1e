// The bodies of the public header.
#include <random>
#include <utility>

#include "base/available_memory.h"
#include "base/byte_size.h"
#include "base/error.h"
#include "base/process_memory.h"
#include "cpu/cpu_ops.h"
#include "cpu/isa.h"
#include "models/multiply_adds.h"
#include "odsora/odsora.h"
#include "pipeline/forecast.h"
#include "pipeline/job.h"
#include "pipeline/model_folder.h"
#include "pipeline/pipeline.h"
#include "runtime/workspace.h"
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

Report report_on(const Job& job, DType compute_type, const MemoryPlan& plan) {
  Report report;
  report.seed = job.seed;
  report.width = job.output_width;
  report.height = job.output_height;
  report.frames = job.frames;
  report.fps = job.fps;
  report.precision = compute_type == DType::kBF16 ? Precision::kBF16 : Precision::kF32;
  report.memory_limit = plan.limit;
  report.planned_peak_bytes = plan.peak();
  report.blocks = plan.phase(Phase::kDenoising).load.blocks;
  report.blocks_kept = plan.phase(Phase::kDenoising).load.pinned;
  return report;
}

void add_totals(Report& report, const PipelineTotals& totals) {
  report.cached_prompt = totals.cached_prompt;
  for (const StreamTotals& stream : {totals.text, totals.denoising, totals.decoding}) {
    report.load_s += stream.stats.load_s;
    report.load_exposed_s += stream.stats.waited_s;
  }
}

}  // namespace

const char* version() { return ODSORA_VERSION; }

const char* phase_name(Phase phase) {
  switch (phase) {
    case Phase::kTextEncoding: return "text";
    case Phase::kDenoising: return "denoising";
    case Phase::kDecoding: return "decoding";
  }
  return "?";
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
  std::function<void()> open;
  PixelSink write;
  std::function<void()> close;
};

}  // namespace

struct Engine::Rep {
  EngineOptions options;
  DType compute_type;
  ModelFolder model;

  explicit Rep(const EngineOptions& engine_options)
      : options(checked(engine_options)),
        compute_type(resolve_precision(options.precision)),
        model(options.model_folder) {}

  MemoryPlan plan(const Job& job, const std::vector<int32_t>& tokens) const {
    return plan_memory({.model = model,
                        .job = job,
                        .text_tokens = static_cast<int64_t>(tokens.size()),
                        .compute_type = compute_type,
                        .threads = options.threads,
                        .limit = options.memory_limit > 0 ? options.memory_limit : default_memory_limit(),
                        .keep_blocks = options.streaming.keep_blocks});
  }

  Report run(const Job& job, const Observer& observer, const CancelToken* cancel, const Destination& destination) {
    ProgressMeter progress(observer);
    const std::vector<int32_t> tokens = tokenize(model, job, progress);
    const MemoryPlan memory = plan(job, tokens);
    const ClipSize clip = {job.frames, job.latent_frames, job.latent_height, job.latent_width};
    progress.set_work(
        {.denoising = job.steps * stdit3_multiply_adds(model.transformer, clip, static_cast<int64_t>(tokens.size())),
         .decoding = vae_decode_multiply_adds(model.vae, clip)});
    Report report = report_on(job, compute_type, memory);
    if (observer.on_start) observer.on_start(report);
    if (job.output_width != job.pixel_width || job.output_height != job.pixel_height) {
      progress.note(join("the model works in blocks of ", model.vae.space_factor(), " pixels, so the video will be ",
                         job.output_width, "x", job.output_height));
    }
    destination.open();
    const PromptCache cache(options.prompt_cache ? default_cache_folder() : std::nullopt, PromptCache::kMostBytes,
                            PromptCache::kMostEntries);
    std::optional<Trace> trace;
    if (!options.trace_file.empty()) trace.emplace(options.trace_file);
    ReaderPool readers({.throttle_bytes_per_s = options.streaming.throttle_bytes_per_s});
    try {
      MemoryBudget budget(memory.limit);
      const MemoryLease overhead = budget.reserve(memory.overhead, "the process itself");
      Workspace workspace;
      const auto ops = make_cpu_ops(
          {.compute_type = compute_type, .threads = options.threads, .workspace = workspace, .cancel = cancel});
      const PipelineTotals totals = run_pipeline({.model = model,
                                                  .job = job,
                                                  .tokens = tokens,
                                                  .plan = memory,
                                                  .prefetch = options.streaming.prefetch,
                                                  .prompt_cache = cache},
                                                 {.ops = *ops,
                                                  .workspace = workspace,
                                                  .budget = budget,
                                                  .readers = readers,
                                                  .progress = progress,
                                                  .trace = trace ? &*trace : nullptr},
                                                 destination.write);
      destination.close();
      add_totals(report, totals);
    } catch (const Cancelled&) {
      report.cancelled = true;
      progress.end();
    }
    if (trace) trace->finish();
    report.evaluations = report.cancelled ? 0 : job.steps;
    report.bytes_read = readers.bytes_read();
    report.text_s = progress.seconds(Phase::kTextEncoding);
    report.denoising_s = progress.seconds(Phase::kDenoising);
    report.decoding_s = progress.seconds(Phase::kDecoding);
    report.total_s = progress.elapsed();
    report.peak_rss_bytes = peak_resident_bytes();
    return report;
  }
};

Engine::Engine(const EngineOptions& options) : rep_(std::make_unique<Rep>(options)) {}

Engine::~Engine() = default;

Report Engine::generate(const Request& request, const std::string& output_path, const Observer& observer,
                        const CancelToken* cancel) {
  const Job job = plan_job(request, rep_->model.manifest, rep_->model.vae);
  const VideoFormat format = {
      .width = job.output_width, .height = job.output_height, .fps = job.fps, .frames = job.frames};
  check_output_path(output_path, job.frames);
  std::unique_ptr<VideoWriter> writer;
  return rep_->run(job, observer, cancel,
                   {.open = [&] { writer = open_video_writer(format, output_path); },
                    .write = [&](std::span<const uint8_t> frame) { writer->write(frame); },
                    .close = [&] { writer->finish(); }});
}

Plan Engine::plan(const Request& request) {
  const Job job = plan_job(request, rep_->model.manifest, rep_->model.vae);
  const Observer nobody;
  const ProgressMeter silent(nobody);
  const std::vector<int32_t> tokens = tokenize(rep_->model, job, silent);
  const MemoryPlan memory = rep_->plan(job, tokens);
  const std::array<Seconds, 3> seconds = forecast(memory, rep_->model, job, static_cast<int64_t>(tokens.size()));
  Plan plan = {.memory_limit = memory.limit, .least_memory_limit = memory.least_limit, .phases = {}};
  for (const PhasePlan& phase : memory.phases) {
    plan.phases.push_back({.phase = phase.needs.phase,
                           .peak_bytes = phase.peak,
                           .bytes_read = phase.bytes_read,
                           .blocks = phase.load.blocks,
                           .blocks_kept = phase.load.pinned,
                           .seconds = seconds[static_cast<size_t>(phase.needs.phase)]});
  }
  return plan;
}

Video Engine::generate(const Request& request, const Observer& observer, const CancelToken* cancel) {
  const Job job = plan_job(request, rep_->model.manifest, rep_->model.vae);
  Video video;
  video.report = rep_->run(
      job, observer, cancel,
      {.open = [] {},
       .write = [&](std::span<const uint8_t> frame) { video.rgb.insert(video.rgb.end(), frame.begin(), frame.end()); },
       .close = [] {}});
  if (video.report.cancelled) video.rgb.clear();
  video.width = job.output_width;
  video.height = job.output_height;
  video.frames = job.frames;
  video.fps = job.fps;
  return video;
}

}  // namespace odsora
