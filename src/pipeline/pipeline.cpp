#include "pipeline/pipeline.h"

#include <limits>
#include <memory>

#include "base/noise.h"
#include "models/stdit3.h"
#include "models/t5_encoder.h"
#include "models/video_vae.h"
#include "pipeline/guided_velocity.h"
#include "pipeline/model_stream.h"
#include "pipeline/phase_memory.h"
#include "sampling/rectified_flow.h"
#include "video/frames.h"

namespace odsora {
namespace {

using TextEncoderStream = ModelStream<T5Encoder, T5Config>;
using EncoderStream = ModelStream<VideoVaeEncoder, VideoVaeConfig>;
using DenoiserStream = ModelStream<StDit3, StDit3Config>;
using DecoderStream = ModelStream<VideoVaeDecoder, VideoVaeConfig>;

// Each clip has streams of noise of its own: the starting one, then one for each step.
HostTensor noise_of(const PipelineInputs& inputs, int clip, uint64_t stream) {
  constexpr uint64_t kStreamsOfAClip = uint64_t{1} << 32;
  const Job& job = inputs.job;
  HostTensor noise({1, inputs.model.transformer.in_channels, job.latent_frames, job.latent_height, job.latent_width});
  fill_normal(job.seed, static_cast<uint64_t>(clip) * kStreamsOfAClip + stream, noise.values);
  return noise;
}

DenoisingStep describe_step(const FlowState& state, const Job& job, int blocks) {
  return {.step = state.step + 1,
          .t = state.timestep,
          .cosine = state.cosine.value_or(std::numeric_limits<double>::quiet_NaN()),
          .merged_blocks = merged_blocks(job.merging, state.step, blocks),
          .decision = state.decision.reason};
}

class PipelineRun {
 public:
  PipelineRun(const PipelineInputs& inputs, const PipelineMeans& means, const PixelSink& sink)
      : model_(inputs.model),
        job_(inputs.job),
        inputs_(inputs),
        means_(means),
        sink_(sink),
        texts_(inputs.texts.texts.size()) {}

  PipelineTotals run() {
    encode_texts();
    if (!inputs_.references.empty()) encode_references();
    for (int clip = 0; clip < job_.clips(); ++clip) {
      means_.progress.begin_clip(clip);
      if (clip > 0) encode_last_chunk();
      decode(denoise(clip), clip);
    }
    means_.progress.end();
    return std::move(totals_);
  }

 private:
  const PhasePlan& plan(Phase phase) const { return inputs_.plan.phase(phase); }

  template <typename Stream, typename Config>
  std::unique_ptr<Stream> open(const WeightStore& weights, const Config& config, const PhasePlan& plan) {
    return std::make_unique<Stream>(weights, config, plan, inputs_, means_, totals_.streams.emplace_back());
  }

  std::unique_ptr<DenoiserStream> open_denoiser() {
    return open<DenoiserStream>(model_.transformer_weights, model_.transformer, plan(Phase::kDenoising));
  }

  std::unique_ptr<DecoderStream> open_decoder() {
    return open<DecoderStream>(model_.vae_weights, model_.vae, plan(Phase::kDecoding));
  }

  std::unique_ptr<EncoderStream> open_encoder(int chunks) {
    PhasePlan some = plan(Phase::kConditioning);
    some.needs.passes = chunks;
    return open<EncoderStream>(model_.vae_weights, model_.vae, some);
  }

  // Whether the first blocks of a model fit beside the phase before it.
  template <typename Stream>
  bool may_open_early(const std::unique_ptr<Stream>& stream, Phase phase) const {
    const PhaseNeeds& needs = plan(phase).needs;
    const Bytes needed = needs.weights + needs.staging + Stream::kBlocksAhead * needs.blocks.largest;
    return stream == nullptr && means_.budget.free() >= needed;
  }

  void encode_texts() {
    for (size_t i = 0; i < texts_.size(); ++i) {
      if (inputs_.texts.texts[i].embedding) texts_[i] = *inputs_.texts.texts[i].embedding;
    }
    const int unknown = inputs_.texts.unknown();
    if (unknown == 0) return;
    const int layers = model_.text_encoder.layers;
    means_.progress.begin(Phase::kTextEncoding, unknown * layers);
    const PhaseMemory memory(plan(Phase::kTextEncoding), means_);
    const auto encoder =
        open<TextEncoderStream>(model_.text_encoder_weights, model_.text_encoder, plan(Phase::kTextEncoding));
    int done = 0;  // blocks
    for (size_t i = 0; i < texts_.size(); ++i) {
      if (inputs_.texts.texts[i].embedding) continue;
      const int before = done;
      texts_[i] = (*encoder)->encode(inputs_.texts.texts[i].tokens, [&](std::string_view, const Tensor&) {
        if (done > before) means_.progress.step_done(done);  // before and between the blocks
        const bool last_block = ++done == unknown * layers;
        if (last_block && !job_.is_conditioned(0) && may_open_early(denoiser_, Phase::kDenoising)) {
          denoiser_ = open_denoiser();
        }
      });
      means_.progress.step_done(done);
      inputs_.keep_text(i, texts_[i]);
    }
  }

  void encode_references() {
    int chunks = 0, done = 0;
    for (const InspectedReference& reference : inputs_.references) chunks += reference.chunks;
    means_.progress.begin(Phase::kConditioning, chunks);
    const PhaseMemory memory(plan(Phase::kConditioning), means_);
    const auto encoder = open_encoder(chunks);
    for (const InspectedReference& reference : inputs_.references) {
      references_.push_back(
          encode_reference(reference, job_, model_.vae, **encoder, [&] { means_.progress.step_done(++done); }));
    }
  }

  void encode_last_chunk() {
    means_.progress.begin(Phase::kConditioning, 1);
    const PhaseMemory memory(plan(Phase::kConditioning), means_);
    const auto encoder = open_encoder(1);
    LatentDraw means;
    go_on_from_ =
        (*encoder)->encode_chunk(frames_from_pixels(last_chunk_, job_.output_height, job_.output_width), means);
    means_.progress.step_done(1);
  }

  // Noise with the clip's given frames in it, and how those move.
  FlowInputs start(int clip) const {
    FlowInputs flow = {
        .z = noise_of(inputs_, clip, 0), .timesteps = {job_.times()}, .leap = job_.leap, .merging = job_.merging};
    if (!job_.is_conditioned(clip)) return flow;
    flow.mask.assign(static_cast<size_t>(job_.latent_frames), 1.0F);
    flow.noise = [this, clip](int step) { return noise_of(inputs_, clip, 1 + static_cast<uint64_t>(step)); };
    for (const FramePlacement& placement : job_.placements) {
      if (placement.clip != clip) continue;
      const HostTensor& reference = references_[static_cast<size_t>(placement.reference)];
      place_frames(placed_within(placement, reference.dim(1), job_.latent_frames), reference, flow.z, flow.mask);
    }
    if (clip > 0) place_frames({.length = go_on_from_.dim(1)}, go_on_from_, flow.z, flow.mask);
    return flow;
  }

  // The prompt of a clip, and what to keep away from.
  std::vector<HostTensor> texts_of(int clip) const {
    const HostTensor& prompt = texts_[inputs_.texts.of_clip[static_cast<size_t>(clip)]];
    const auto& negative = inputs_.texts.negative;
    return {prompt, negative ? texts_[*negative] : (*denoiser_)->null_text(prompt.dim(0))};
  }

  // → [channels, latent frames, height, width].
  HostTensor denoise(int clip) {
    means_.progress.begin(Phase::kDenoising, job_.most_evaluations());
    const PhaseMemory memory(plan(Phase::kDenoising), means_);
    if (denoiser_ == nullptr) denoiser_ = open_denoiser();
    HostTensor latent;
    {
      if (means_.preview != nullptr) means_.preview->begin_clip(clip);
      TextCondition text = (*denoiser_)->prepare_text(texts_of(clip));
      const GuidanceInputs guidance = {.fps = {job_.conditioning_fps()},
                                       .pixel_height = static_cast<float>(job_.pixel_height),
                                       .pixel_width = static_cast<float>(job_.pixel_width),
                                       .merging = job_.merging,
                                       .guidance_scale = static_cast<float>(job_.guidance_scale)};
      latent = run_rectified_flow(start(clip), guided_velocity(**denoiser_, text, guidance),
                                  [&](const FlowState& state) { step_done(state); });
    }
    denoiser_.reset();
    latent.shape.erase(latent.shape.begin());  // a batch of one
    return latent;
  }

  void step_done(const FlowState& state) {
    totals_.path.push_back(describe_step(state, job_, model_.transformer.depth));
    if (means_.preview != nullptr) means_.preview->step_done(state);
    means_.progress.step_done(state.evaluations, state.most_evaluations);
    if (state.next_may_be_last && may_open_early(decoder_, Phase::kDecoding)) decoder_ = open_decoder();
  }

  void decode(const HostTensor& latent, int clip) {
    means_.progress.begin(Phase::kDecoding, job_.frames);
    const PhaseMemory memory(plan(Phase::kDecoding), means_);
    if (decoder_ == nullptr) decoder_ = open_decoder();
    std::vector<uint8_t> pixels(static_cast<size_t>(job_.output_height) * static_cast<size_t>(job_.output_width) * 3);
    last_chunk_.clear();
    int done = 0;
    if (means_.learner != nullptr) means_.learner->begin(latent, job_.frames);
    (*decoder_)->decode(latent, job_.frames, [&](const HostTensor& frames) {  // [some, height, width, 3]
      for (int64_t i = 0; i < frames.dim(0); ++i, ++done) {
        quantize_pixels({frames.data() + static_cast<size_t>(i) * pixels.size(), pixels.size()}, pixels);
        if (means_.learner != nullptr) means_.learner->add_frame(pixels);
        if (clip == 0 || done >= job_.overlap.frames) sink_(pixels);  // the clip before has shown the others
        const bool of_last_chunk = done >= job_.frames - job_.overlap.frames;
        if (clip + 1 < job_.clips() && of_last_chunk) {
          last_chunk_.insert(last_chunk_.end(), pixels.begin(), pixels.end());
        }
      }
      means_.progress.step_done(done);
    });
    decoder_.reset();
  }

  const ModelFolder& model_;
  const Job& job_;
  const PipelineInputs& inputs_;
  const PipelineMeans& means_;
  const PixelSink& sink_;
  PipelineTotals totals_;  // outlives the streams, which write to it
  std::unique_ptr<DenoiserStream> denoiser_;
  std::unique_ptr<DecoderStream> decoder_;
  std::vector<HostTensor> texts_;       // [tokens, caption channels] each
  std::vector<HostTensor> references_;  // [channels, latent frames, height, width] each
  HostTensor go_on_from_;               // likewise: the last chunk of the clip before
  std::vector<uint8_t> last_chunk_;     // [frames, height, width, 3], of the clip that was decoded
};

}  // namespace

PipelineTotals run_pipeline(const PipelineInputs& inputs, const PipelineMeans& means, const PixelSink& sink) {
  return PipelineRun(inputs, means, sink).run();
}

}  // namespace odsora
