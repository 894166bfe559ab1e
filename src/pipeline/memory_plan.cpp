#include "pipeline/memory_plan.h"

#include <algorithm>
#include <optional>

#include "base/byte_size.h"
#include "base/error.h"
#include "base/process_memory.h"
#include "cpu/cpu_ops.h"
#include "models/stdit3.h"
#include "models/t5_encoder.h"
#include "models/video_vae.h"
#include "runtime/ring_memory.h"
#include "runtime/workspace.h"
#include "weights/tensor_headers.h"

namespace odsora {
namespace {

// Stacks of threads, small allocations, the growth of the allocator's own heap.
constexpr Bytes kMargin = 40'000'000;
// What a process may hold more than the one that named the least limit did.
constexpr Bytes kProcessVariation = 8'000'000;
// Slots beside the blocks that stay: one computes while another one loads.
constexpr int kSlots = 2;

// The parts that a dry run needs, and what it shows.
class DryRun {
 public:
  explicit DryRun(const MemoryPlanInputs& inputs)
      : ops_(make_cpu_ops({.compute_type = inputs.compute_type,
                           .threads = inputs.threads,
                           .workspace = workspace_,
                           .dry_run = true,
                           .cancel = nullptr})) {}

  ModelHost host() { return {*ops_, weights_, &measure_}; }

  PhaseNeeds needs(Phase phase, const WeightStore& store, int passes) const {
    PhaseNeeds needs;
    needs.phase = phase;
    needs.weights = weights_.bytes();
    needs.least_activations = Workspace::comfortable(workspace_.peak_in_use());
    needs.activations = std::max(workspace_.peak_bytes(), needs.least_activations);
    needs.blocks = measure_;
    needs.passes = passes;
    Bytes largest = 0;
    for (const auto& block : measure_.tensors) {
      for (const std::string& tensor : block) {
        needs.stored_bytes += store.info(tensor).byte_count;
        largest = std::max<Bytes>(largest, store.info(tensor).byte_count);
      }
    }
    // One tensor is packed while two are read, each with what whole units of the file system add at its ends.
    needs.reads = 3 * (largest + 2 * RingMemory::kAlignment);
    needs.staging = needs.reads;
    return needs;
  }

 private:
  Workspace workspace_;
  WeightCount weights_;
  BlockMeasure measure_;
  std::unique_ptr<Ops> ops_;
};

constexpr auto kFloat = static_cast<Bytes>(sizeof(float));

PhaseNeeds text_needs(const MemoryPlanInputs& inputs) {
  const ModelFolder& model = inputs.model;
  if (inputs.only_decoding || inputs.texts.unknown() == 0) return {.phase = Phase::kTextEncoding};
  const TensorHeaders headers(model.text_encoder_weights);
  DryRun run(inputs);
  T5Encoder encoder(WeightScope(headers), model.text_encoder, run.host());
  const int64_t most_tokens = inputs.texts.most_tokens();
  encoder.encode(std::vector<int32_t>(static_cast<size_t>(most_tokens), 0));
  PhaseNeeds needs = run.needs(Phase::kTextEncoding, model.text_encoder_weights, inputs.texts.unknown());
  const auto tokens = static_cast<Bytes>(most_tokens);
  needs.host =
      kFloat * tokens *
      (4 * static_cast<Bytes>(model.text_encoder.model_size) + tokens * static_cast<Bytes>(model.text_encoder.heads));
  return needs;
}

// Frames as the encoder takes them, twice, and the latents that stay until the clip is denoised.
Bytes conditioning_host_bytes(const MemoryPlanInputs& inputs) {
  const Job& job = inputs.job;
  const auto chunk = static_cast<Bytes>(inputs.model.vae.frames_per_chunk);
  const auto values = static_cast<Bytes>(job.output_height) * static_cast<Bytes>(job.output_width) * 3 * chunk;
  Bytes latents = static_cast<Bytes>(job.overlap.latent_frames);
  Bytes reading = 0;
  for (const InspectedReference& reference : inputs.references) {
    latents += static_cast<Bytes>(reference.chunks) * static_cast<Bytes>(job.overlap.latent_frames);
    reading = std::max(reading, reference.reading);
  }
  const auto latent_values =
      static_cast<Bytes>(inputs.model.transformer.in_channels * job.latent_height * job.latent_width);
  return 2 * kFloat * values + 3 * values + 3 * kFloat * latents * latent_values + reading;
}

PhaseNeeds conditioning_needs(const MemoryPlanInputs& inputs) {
  const ModelFolder& model = inputs.model;
  const Job& job = inputs.job;
  if (inputs.only_decoding || !job.is_conditioned()) return {.phase = Phase::kConditioning};
  const TensorHeaders headers(model.vae_weights);
  DryRun run(inputs);
  VideoVaeEncoder encoder(WeightScope(headers), model.vae, run.host());
  const auto is_picture = [](const InspectedReference& inspected) {
    return inspected.reference.take == JobReference::Take::kPicture;
  };
  const bool pictures_only =
      job.clips() == 1 && std::all_of(inputs.references.begin(), inputs.references.end(), is_picture);
  const int64_t frames = pictures_only ? 1 : model.vae.frames_per_chunk;
  LatentDraw means;
  encoder.encode_chunk(HostTensor({frames, job.output_height, job.output_width, 3}), means);
  int chunks = 0;
  for (const InspectedReference& reference : inputs.references) chunks += reference.chunks;
  PhaseNeeds needs = run.needs(Phase::kConditioning, model.vae_weights, std::max(chunks, 1));
  needs.times = job.clips() - (inputs.references.empty() ? 1 : 0);
  needs.staging += needs.reads;  // a convolution's weight is converted as a whole before it is packed
  needs.host = conditioning_host_bytes(inputs);
  return needs;
}

PhaseNeeds denoising_needs(const MemoryPlanInputs& inputs) {
  const ModelFolder& model = inputs.model;
  const Job& job = inputs.job;
  if (inputs.only_decoding) return {.phase = Phase::kDenoising};
  const TensorHeaders headers(model.transformer_weights);
  DryRun run(inputs);
  StDit3 denoiser(WeightScope(headers), model.transformer, run.host());
  const int64_t tokens = inputs.texts.most_tokens();
  const HostTensor text({tokens, model.transformer.caption_channels});
  const HostTensor negative({inputs.texts.negative_tokens(tokens), model.transformer.caption_channels});
  const std::vector<HostTensor> texts = {text, negative};
  TextCondition condition = denoiser.prepare_text(texts);
  const HostTensor latents({2, model.transformer.in_channels, job.latent_frames, job.latent_height, job.latent_width});
  const std::vector<float> two(2, 0.0F);
  std::vector<uint8_t> moving;  // all frames, or one that is held beside others
  if (job.is_conditioned()) {
    moving.assign(static_cast<size_t>(2 * job.latent_frames), 1);
    moving.front() = 0;
  }
  // One step of each kind that the path has.
  std::optional<int> before;
  for (const int step : evaluated_steps(job.leap, job.steps)) {
    if (before && merge_alike(job.merging, step, *before)) continue;
    before = step;
    denoiser.forward({.latent = latents,
                      .timesteps = two,
                      .fps = two,
                      .pixel_height = static_cast<float>(job.pixel_height),
                      .pixel_width = static_cast<float>(job.pixel_width),
                      .text = condition,
                      .frame_moves = moving,
                      .merging = job.merging,
                      .step = step});
  }
  PhaseNeeds needs = run.needs(Phase::kDenoising, model.transformer_weights, job.most_evaluations());
  needs.times = job.clips();
  // The latent and the velocity of the step before twice, since a copy waits to be kept on the disk, and for the
  // doubled batch: the latent, its patches, the prediction as patches and as a video.
  const auto latent = static_cast<Bytes>(latents.count()) / 2;
  const auto channels = static_cast<Bytes>(model.transformer.out_channels / model.transformer.in_channels);
  const auto texts_held = static_cast<Bytes>(text.count()) * (1 + static_cast<Bytes>(inputs.texts.texts.size()));
  needs.host = kFloat * (latent * (11 + 4 * channels) + texts_held + static_cast<Bytes>(negative.count()));
  if (job.is_conditioned()) needs.host += kFloat * 2 * latent;  // noise for frames that join
  return needs;
}

PhaseNeeds decoding_needs(const MemoryPlanInputs& inputs) {
  const ModelFolder& model = inputs.model;
  const Job& job = inputs.job;
  const TensorHeaders headers(model.vae_weights);
  DryRun run(inputs);
  VideoVaeDecoder decoder(WeightScope(headers), model.vae, run.host());
  const HostTensor latent({model.transformer.in_channels, job.latent_frames, job.latent_height, job.latent_width});
  Bytes frames = 0;
  decoder.decode(latent, job.frames,
                 [&](const HostTensor& some) { frames = std::max(frames, static_cast<Bytes>(some.count())); });
  const int chunks = static_cast<int>((job.frames + model.vae.frames_per_chunk - 1) / model.vae.frames_per_chunk);
  PhaseNeeds needs = run.needs(Phase::kDecoding, model.vae_weights, chunks);
  needs.times = job.clips();
  needs.staging += needs.reads;  // a convolution's weight is converted as a whole before it is packed
  const auto plane = static_cast<Bytes>(job.latent_height * job.latent_width);
  needs.host = kFloat * (2 * frames + static_cast<Bytes>(latent.count()) +
                         3 * plane * static_cast<Bytes>(model.vae.frames_per_chunk * latent.dim(0)));
  if (job.clips() > 1) {  // the pixels that the next clip goes on from
    needs.host += 3 * static_cast<Bytes>(job.output_height) * static_cast<Bytes>(job.output_width) *
                  static_cast<Bytes>(job.overlap.frames);
  }
  return needs;
}

// All that a phase needs beside the activations and the blocks.
Bytes fixed_bytes(const PhaseNeeds& needs) { return needs.weights + needs.host + needs.staging; }

LoadPlanInputs block_inputs(const PhaseNeeds& needs, Bytes available, int slots) {
  return {.blocks = static_cast<int>(needs.blocks.tensors.size()),
          .block_bytes = needs.blocks.largest,
          .available = available,
          .slots = slots};
}

Bytes least_peak(const PhaseNeeds& needs, Bytes overhead) {
  return overhead + fixed_bytes(needs) + needs.least_activations + least_loading_bytes(block_inputs(needs, 0, kSlots));
}

// Every block passes through the slots: where it is used once only, or to show what keeping gains.
LoadPlan plan_without_keeping(const PhaseNeeds& needs, Bytes available) {
  const Bytes slots = kSlots * needs.blocks.largest;
  LoadPlan plan = *plan_loading(block_inputs(needs, std::min(available, slots), kSlots));
  plan.slots = plan.slots == 0 ? plan.blocks : plan.slots;  // few blocks, which all fit
  plan.pinned = 0;
  plan.is_pinned.assign(static_cast<size_t>(plan.blocks), false);
  return plan;
}

PhasePlan fit(const PhaseNeeds& needs, const MemoryPlanInputs& inputs, Bytes overhead) {
  PhasePlan plan;
  plan.needs = needs;
  if (needs.blocks.tensors.empty()) return plan;
  const Bytes rest = inputs.limit - overhead - fixed_bytes(needs);
  // Activations come first: to take them from the system again and again costs time that loading does not.
  const Bytes two_slots = kSlots * needs.blocks.largest;
  const Bytes for_activations = rest > two_slots ? rest - two_slots : 0;
  plan.activations = std::clamp(for_activations, needs.least_activations, needs.activations);
  const Bytes for_blocks = rest - plan.activations;
  const bool keep = inputs.keep_blocks && needs.passes > 1;
  plan.load = keep ? *plan_loading(block_inputs(needs, for_blocks, kSlots)) : plan_without_keeping(needs, for_blocks);
  plan.peak = overhead + fixed_bytes(needs) + plan.activations + plan.load.peak_bytes;
  const auto per_block = needs.stored_bytes / static_cast<Bytes>(plan.load.blocks);
  const auto read_again = static_cast<Bytes>(plan.load.blocks - plan.load.pinned) * per_block;
  plan.bytes_read =
      static_cast<Bytes>(needs.times) * (needs.stored_bytes + static_cast<Bytes>(needs.passes - 1) * read_again);
  return plan;
}

[[noreturn]] void refuse(Bytes least_limit, const char* phase, Bytes limit) {
  fail(ErrorCode::kMemory, "memory limit: this job needs at least ", format_byte_size(round_up_as_shown(least_limit)),
       " (", phase, "), and the limit is ", format_byte_size(limit),
       "; a smaller size, fewer frames or --precision bf16 need less");
}

PhaseNeeds needs_of(Phase phase, const MemoryPlanInputs& inputs) {
  switch (phase) {
    case Phase::kTextEncoding: return text_needs(inputs);
    case Phase::kConditioning: return conditioning_needs(inputs);
    case Phase::kDenoising: return denoising_needs(inputs);
    case Phase::kDecoding: break;
  }
  return decoding_needs(inputs);
}

}  // namespace

MemoryPlan plan_memory(const MemoryPlanInputs& inputs) {
  std::array<PhaseNeeds, 4> needs;
  for (size_t i = 0; i < needs.size(); ++i) needs[i] = needs_of(static_cast<Phase>(i), inputs);
  MemoryPlan plan;
  plan.compute_type = inputs.compute_type;
  plan.threads = inputs.threads;
  plan.limit = inputs.limit;
  // The dry runs have made every primitive, so their code is counted here.
  release_freed_memory();
  plan.overhead = resident_bytes() + kMargin + inputs.writer;
  const PhaseNeeds* largest = nullptr;
  Bytes least = 0;
  for (const PhaseNeeds& phase : needs) {
    if (least_peak(phase, plan.overhead) > least) largest = &phase;
    least = std::max(least, least_peak(phase, plan.overhead));
  }
  plan.least_limit = least + kProcessVariation;
  if (least > inputs.limit) refuse(plan.least_limit, phase_name(largest->phase), inputs.limit);
  for (size_t i = 0; i < needs.size(); ++i) plan.phases[i] = fit(needs[i], inputs, plan.overhead);
  return plan;
}

PhasePlan plan_phase_in_f32(const MemoryPlan& plan, MemoryPlanInputs inputs, Phase phase) {
  inputs.compute_type = DType::kF32;
  inputs.limit = plan.limit;
  const PhaseNeeds needs = needs_of(phase, inputs);
  release_freed_memory();
  const Bytes least = least_peak(needs, plan.overhead);
  if (least > inputs.limit) refuse(least + kProcessVariation, join(phase_name(phase), " in f32").c_str(), inputs.limit);
  return fit(needs, inputs, plan.overhead);
}

}  // namespace odsora
