#include "pipeline/pipeline.h"

#include <limits>
#include <memory>

#include "base/error.h"
#include "base/noise.h"
#include "models/stdit3.h"
#include "models/t5_encoder.h"
#include "models/video_vae.h"
#include "pipeline/model_stream.h"
#include "sampling/guidance.h"
#include "sampling/rectified_flow.h"
#include "sampling/timesteps.h"
#include "video/frames.h"

namespace odsora {
namespace {

constexpr uint64_t kStartingNoiseStream = 0;

using TextEncoderStream = ModelStream<T5Encoder, T5Config>;
using DenoiserStream = ModelStream<StDit3, StDit3Config>;
using DecoderStream = ModelStream<VideoVaeDecoder, VideoVaeConfig>;

HostTensor starting_noise(const ModelFolder& model, const Job& job) {
  HostTensor noise({1, model.transformer.in_channels, job.latent_frames, job.latent_height, job.latent_width});
  fill_normal(job.seed, kStartingNoiseStream, noise.values);
  return noise;
}

std::vector<float> times_of(const Job& job) {
  return timesteps({.steps = job.steps,
                    .pixel_height = job.pixel_height,
                    .pixel_width = job.pixel_width,
                    .frames = job.frames,
                    .latent_frames = job.latent_frames});
}

// The guided velocity: the denoiser sees the latent twice, with the prompt and without.
VelocityFunction guided_velocity(StDit3& denoiser, TextCondition& text, const Job& job) {
  return [&denoiser, &text, &job](const VelocityQuery& query) {
    const HostTensor latents = twice(query.z);
    const std::vector<float> times(2, query.timesteps[0]);
    const std::vector<float> fps(2, job.conditioning_fps());
    const HostTensor prediction = denoiser.forward({.latent = latents,
                                                    .timesteps = times,
                                                    .fps = fps,
                                                    .pixel_height = static_cast<float>(job.pixel_height),
                                                    .pixel_width = static_cast<float>(job.pixel_width),
                                                    .text = text,
                                                    .merging = job.merging,
                                                    .step = query.step});
    return guide(prediction, denoiser.config().in_channels, job.guidance_scale);
  };
}

DenoisingStep describe_step(const FlowState& state, const Job& job, int blocks) {
  return {.step = state.step + 1,
          .t = state.timestep,
          .cosine = state.cosine.value_or(std::numeric_limits<double>::quiet_NaN()),
          .merged_blocks = merged_blocks(job.merging, state.step, blocks),
          .decision = state.decision.reason};
}

// The workspace and the budget of one phase: its memory is granted as a whole and returns with the scope.
class PhaseMemory {
 public:
  PhaseMemory(const PhasePlan& plan, const PipelineMeans& means)
      : means_(means),
        lease_(means.budget.reserve(plan.activations + plan.needs.host,
                                    std::string("activations of ") + phase_name(plan.needs.phase))) {
    means_.workspace.set_capacity(plan.activations);
  }
  ~PhaseMemory() { means_.workspace.release_unused(); }
  PhaseMemory(const PhaseMemory&) = delete;
  PhaseMemory& operator=(const PhaseMemory&) = delete;

 private:
  const PipelineMeans& means_;
  MemoryLease lease_;
};

// Makes the next phase's model where its first blocks fit beside this phase.
template <typename Stream, typename Make>
void begin_early(std::unique_ptr<Stream>& next, const PhasePlan& plan, const PipelineMeans& means, const Make& make) {
  const Bytes needed = plan.needs.weights + plan.needs.staging + Stream::kBlocksAhead * plan.needs.blocks.largest;
  if (next == nullptr && means.budget.free() >= needed) next = make();
}

}  // namespace

std::vector<int32_t> tokenize(const ModelFolder& model, const Job& job, const ProgressMeter& progress) {
  const auto most = static_cast<int>(model.transformer.max_text_tokens);
  TokenizedPrompt tokens = tokenize_prompt(model.tokenizer, job.caption, most);
  if (tokens.dropped > 0) {
    progress.note(join("the prompt is longer than the ", most - 1, " tokens this model reads: its last ",
                       tokens.dropped, " tokens are left out"));
  }
  return std::move(tokens.ids);
}

PipelineTotals run_pipeline(const PipelineInputs& inputs, const PipelineMeans& means, const PixelSink& sink) {
  const ModelFolder& model = inputs.model;
  const Job& job = inputs.job;
  const MemoryPlan& plan = inputs.plan;
  ProgressMeter& progress = means.progress;
  PipelineTotals totals;
  std::unique_ptr<DenoiserStream> denoiser;
  std::unique_ptr<DecoderStream> decoder;
  const auto make_denoiser = [&] {
    return std::make_unique<DenoiserStream>(model.transformer_weights, model.transformer, plan.phase(Phase::kDenoising),
                                            inputs, means, totals.denoising);
  };
  const auto make_decoder = [&] {
    return std::make_unique<DecoderStream>(model.vae_weights, model.vae, plan.phase(Phase::kDecoding), inputs, means,
                                           totals.decoding);
  };

  HostTensor text;  // [tokens, caption channels]
  if (inputs.text) {
    text = *inputs.text;
  } else {
    progress.begin(Phase::kTextEncoding, model.text_encoder.layers);
    const PhaseMemory memory(plan.phase(Phase::kTextEncoding), means);
    TextEncoderStream encoder(model.text_encoder_weights, model.text_encoder, plan.phase(Phase::kTextEncoding), inputs,
                              means, totals.text);
    int blocks = 0;
    text = encoder->encode(inputs.tokens, [&](std::string_view, const Tensor&) {  // before and between the blocks
      if (blocks > 0) progress.step_done(blocks);
      if (++blocks == model.text_encoder.layers) {
        begin_early(denoiser, plan.phase(Phase::kDenoising), means, make_denoiser);
      }
    });
    progress.step_done(model.text_encoder.layers);
    inputs.keep_text(text);
  }

  HostTensor latent;  // [1, channels, latent frames, height, width]
  {
    progress.begin(Phase::kDenoising, job.most_evaluations());
    const PhaseMemory memory(plan.phase(Phase::kDenoising), means);
    if (denoiser == nullptr) denoiser = make_denoiser();
    const std::vector<HostTensor> with_and_without = {
        text, (*denoiser)->null_text(static_cast<int64_t>(inputs.tokens.size()))};
    TextCondition condition = (*denoiser)->prepare_text(with_and_without);
    latent = run_rectified_flow(
        {.z = starting_noise(model, job), .timesteps = {times_of(job)}, .leap = job.leap, .merging = job.merging},
        guided_velocity(**denoiser, condition, job), [&](const FlowState& state) {
          totals.path.push_back(describe_step(state, job, model.transformer.depth));
          progress.step_done(state.evaluations, state.most_evaluations);
          if (state.next_may_be_last) {
            begin_early(decoder, plan.phase(Phase::kDecoding), means, make_decoder);
          }
        });
    condition = {};
    denoiser.reset();
  }
  {
    progress.begin(Phase::kDecoding, job.frames);
    const PhaseMemory memory(plan.phase(Phase::kDecoding), means);
    if (decoder == nullptr) decoder = make_decoder();
    latent.shape.erase(latent.shape.begin());  // a batch of one
    std::vector<uint8_t> pixels(static_cast<size_t>(job.output_height) * static_cast<size_t>(job.output_width) * 3);
    int done = 0;
    (*decoder)->decode(latent, job.frames, [&](const HostTensor& frames) {  // [some, height, width, 3]
      for (int64_t i = 0; i < frames.dim(0); ++i) {
        quantize_pixels({frames.data() + static_cast<size_t>(i) * pixels.size(), pixels.size()}, pixels);
        sink(pixels);
      }
      progress.step_done(done += static_cast<int>(frames.dim(0)));
    });
    decoder.reset();
  }
  progress.end();
  return totals;
}

}  // namespace odsora
