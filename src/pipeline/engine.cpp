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
#include "pipeline/model_folder.h"
#include "pipeline/pipeline.h"
#include "pipeline/prompt_cache.h"
#include "pipeline/prompt_key.h"
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

Report report_on(const Job& job, DType compute_type, Plan plan) {
  Report report;
  report.seed = job.seed;
  report.width = job.output_width;
  report.height = job.output_height;
  report.frames = job.frames;
  report.fps = job.fps;
  report.preset = job.preset;
  report.steps = job.steps;
  report.precision = compute_type == DType::kBF16 ? Precision::kBF16 : Precision::kF32;
  report.plan = std::move(plan);
  return report;
}

void add_totals(Report& report, const PipelineTotals& totals) {
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

const PlannedPhase& Plan::phase(Phase which) const { return phases.at(static_cast<size_t>(which)); }

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
  std::function<void()> open;
  PixelSink write;
  std::function<void()> close;
};

// What is known of a job before work begins.
struct PreparedJob {
  std::vector<int32_t> tokens;
  std::optional<PromptCache> cache;
  PromptKey key = {};              // of the cache
  std::optional<HostTensor> text;  // that the cache had
  MemoryPlan memory;
  Plan told;

  void keep(const HostTensor& embedding) const {
    if (cache) cache->store(key, embedding);
  }
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

  ReaderPoolOptions reading() const { return {.throttle_bytes_per_s = options.streaming.throttle_bytes_per_s}; }

  PreparedJob prepare(const Job& job, const ProgressMeter& progress) const {
    PreparedJob prepared;
    prepared.tokens = tokenize(model, job, progress);
    if (options.prompt_cache) {
      prepared.cache.emplace(default_cache_folder(), PromptCache::kMostBytes, PromptCache::kMostEntries);
      std::vector<std::filesystem::path> files = model.text_encoder_weights.files();
      files.push_back(model.text_encoder_config);
      prepared.key = make_prompt_key(prepared.tokens, compute_type, files, isa_description());
      prepared.text = prepared.cache->find(prepared.key);
    }
    prepared.memory = plan(job, prepared);
    prepared.told = forecast(prepared.memory, model, job, static_cast<int64_t>(prepared.tokens.size()), reading());
    return prepared;
  }

  MemoryPlan plan(const Job& job, const PreparedJob& prepared) const {
    return plan_memory({.model = model,
                        .job = job,
                        .text_tokens = static_cast<int64_t>(prepared.tokens.size()),
                        .text_known = prepared.text.has_value(),
                        .compute_type = compute_type,
                        .threads = options.threads,
                        .limit = options.memory_limit > 0 ? options.memory_limit : default_memory_limit(),
                        .keep_blocks = options.streaming.keep_blocks});
  }

  Report run(const Job& job, const Observer& observer, const CancelToken* cancel, const Destination& destination) {
    ProgressMeter progress(observer);
    const PreparedJob prepared = prepare(job, progress);
    progress.set_work(
        {.denoising = denoising_work(job, model.transformer, static_cast<int64_t>(prepared.tokens.size())),
         .decoding = decoding_work(job, model.vae)});
    Report report = report_on(job, compute_type, prepared.told);
    report.cached_prompt = prepared.text.has_value();
    if (observer.on_start) observer.on_start(report);
    if (job.output_width != job.pixel_width || job.output_height != job.pixel_height) {
      progress.note(join("the model works in blocks of ", model.vae.space_factor(), " pixels, so the video will be ",
                         job.output_width, "x", job.output_height));
    }
    if (too_few_steps_to_leap(job.leap, job.steps)) {
      progress.note(
          join("LPL cannot tell in only ", job.steps, " steps whether the path is straight, so none is left out"));
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
      PipelineTotals totals = run_pipeline({.model = model,
                                            .job = job,
                                            .tokens = prepared.tokens,
                                            .plan = prepared.memory,
                                            .prefetch = options.streaming.prefetch,
                                            .text = prepared.text,
                                            .keep_text = [&](const HostTensor& text) { prepared.keep(text); }},
                                           {.ops = *ops,
                                            .workspace = workspace,
                                            .budget = budget,
                                            .readers = readers,
                                            .progress = progress,
                                            .trace = trace ? &*trace : nullptr},
                                           destination.write);
      destination.close();
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
  const Job job = plan_job(request, rep_->model.manifest, rep_->model.transformer, rep_->model.vae);
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
  const Job job = plan_job(request, rep_->model.manifest, rep_->model.transformer, rep_->model.vae);
  const Observer nobody;
  const ProgressMeter silent(nobody);
  return rep_->prepare(job, silent).told;
}

Video Engine::generate(const Request& request, const Observer& observer, const CancelToken* cancel) {
  const Job job = plan_job(request, rep_->model.manifest, rep_->model.transformer, rep_->model.vae);
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
