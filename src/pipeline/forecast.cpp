#include "pipeline/forecast.h"

#include <algorithm>
#include <numeric>

#include "base/process_memory.h"
#include "cpu/cpu_ops.h"
#include "nn/bind_weights.h"
#include "runtime/direct_reader.h"

namespace odsora {
namespace {

// Whole models reach this part of the speed of their largest product: norms, attention and element-wise work are the
// rest.
constexpr double kShareOfProduct = 0.6;
constexpr Seconds kMeasuring = 0.05;

// Multiply-adds a second of the denoiser's largest product, on as many rows as keep it busy.
double measure_products(const MemoryPlan& plan, const StDit3Config& denoiser) {
  constexpr int64_t kRows = 1024;
  const int64_t inputs = denoiser.hidden_size;
  const int64_t outputs = 4 * denoiser.hidden_size;
  Workspace workspace;
  const auto ops = make_cpu_ops(
      {.compute_type = plan.compute_type, .threads = plan.threads, .workspace = workspace, .cancel = nullptr});
  GrowingWeightMemory memory;
  HostArray zeros(plan.compute_type, {outputs, inputs});
  std::fill_n(zeros.bytes.get(), zeros.byte_count(), std::byte{0});
  Linear linear;
  linear.weight = ops->pack_linear(zeros, plan.compute_type, memory);
  linear.type = plan.compute_type;
  linear.inputs = inputs;
  linear.outputs = outputs;
  const Tensor x = ops->upload(HostTensor({kRows, inputs}), plan.compute_type);
  ops->linear(x, linear, plan.compute_type, Activation::kNone);  // makes the primitive
  const Stopwatch watch;
  int products = 0;
  for (; watch.elapsed() < kMeasuring; ++products) ops->linear(x, linear, plan.compute_type, Activation::kNone);
  return products * static_cast<double>(kRows * inputs * outputs) / watch.elapsed();
}

// Bytes a second, from the largest file of the denoiser.
double measure_reads(const ModelFolder& model, const ReaderPoolOptions& reading) {
  constexpr size_t kPiece = 16 << 20;
  ReaderPool readers(reading);
  DirectReader file(model.transformer_weights.files().front(), readers);
  const Stopwatch watch;
  uint64_t offset = 0;
  while (offset < file.size() && watch.elapsed() < kMeasuring) {
    const size_t count = std::min<uint64_t>(kPiece, file.size() - offset);
    file.read(offset, count);
    offset += count;
  }
  return static_cast<double>(offset) / watch.elapsed();
}

double t5_multiply_adds(const T5Config& config, int64_t tokens) {
  const auto model = static_cast<double>(config.model_size);
  const double block = 4 * model * static_cast<double>(config.attention_size()) +
                       3 * model * static_cast<double>(config.feed_forward_size);
  return block * config.layers * static_cast<double>(tokens);
}

}  // namespace

Plan forecast(const MemoryPlan& plan, const ModelFolder& model, const Job& job, const JobTexts& texts,
              const ReaderPoolOptions& reading) {
  const std::vector<double> denoising = denoising_work(job, model.transformer, texts.most_tokens());
  const std::array<double, 4> work = {
      t5_multiply_adds(model.text_encoder, texts.most_tokens()) * texts.unknown(), conditioning_work(job, model.vae),
      std::accumulate(denoising.begin(), denoising.end(), 0.0), decoding_work(job, model.vae)};
  const double arithmetic = measure_products(plan, model.transformer) * kShareOfProduct;
  const double disk = measure_reads(model, reading);
  release_freed_memory();  // or the job would hold what measuring took
  Plan told = {.memory_limit = plan.limit, .least_memory_limit = plan.least_limit, .phases = {}};
  for (size_t i = 0; i < work.size(); ++i) {
    const PhasePlan& phase = plan.phases[i];
    if (phase.needs.phase == Phase::kConditioning && phase.load.blocks == 0) continue;
    const Seconds compute = phase.load.blocks > 0 ? work[i] * phase.needs.times / arithmetic : 0;
    told.phases.push_back({.phase = phase.needs.phase,
                           .peak_bytes = phase.peak,
                           .bytes_read = phase.bytes_read,
                           .blocks = phase.load.blocks,
                           .blocks_kept = phase.load.pinned,
                           .seconds = std::max(compute, static_cast<double>(phase.bytes_read) / disk)});
  }
  return told;
}

}  // namespace odsora
