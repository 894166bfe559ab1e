#include "pipeline/pipeline.h"

#include <algorithm>

#include "base/noise.h"
#include "pipeline/conditioning_stage.h"
#include "pipeline/decoding_stage.h"
#include "pipeline/denoising_stage.h"
#include "pipeline/last_frames.h"
#include "pipeline/text_stage.h"

namespace odsora {
namespace {

class PipelineRun {
 public:
  PipelineRun(const PipelineInputs& inputs, const PipelineMeans& means, const PixelSink& sink)
      : inputs_(inputs),
        job_(inputs.job),
        checkpoint_(means.checkpoint),
        progress_(means.progress),
        sink_(sink),
        last_frames_(job_.clips() > 1 ? job_.overlap.frames : 0),
        text_(inputs, means, totals_),
        conditioning_(inputs, means, totals_),
        denoising_(inputs, means, totals_),
        decoding_(inputs, means, totals_) {}

  PipelineTotals run() {
    const int first = job_.clip_after(checkpoint_.frames_kept());
    if (!inputs_.only_decoding) prepare(first);
    checkpoint_.read_frames(0, checkpoint_.frames_kept(), [&](std::span<const uint8_t> frame) { show(frame); });
    for (int clip = first; clip < job_.clips(); ++clip) {
      progress_.begin_clip(clip);
      decode(denoise(clip), clip);
    }
    progress_.end();
    return std::move(totals_);
  }

 private:
  // What the clips from this one on have in common.
  void prepare(int clip) {
    texts_ = text_.run([&] {
      if (!job_.is_conditioned(clip) && !checkpoint_.has_denoised(clip)) denoising_.open_early();
    });
    if (job_.references.empty()) return;
    const auto kept = checkpoint_.given();
    given_ = kept ? *kept : conditioning_.encode_references();
  }

  HostTensor denoise(int clip) {
    if (auto done = checkpoint_.denoised(clip)) {
      totals_.path = std::move(done->path);
      return std::move(done->latent);
    }
    const JobTexts& texts = inputs_.texts;
    DenoisingStage::Start start = {.clip = clip,
                                   .flow = {},
                                   .prompt = texts_[texts.of_clip[static_cast<size_t>(clip)]],
                                   .negative = texts.negative ? &texts_[*texts.negative] : nullptr};
    if (auto position = checkpoint_.denoising(clip)) {
      totals_.path = std::move(position->path);
      start.flow = flow(clip, std::move(position->mask));
      start.flow.from = std::move(position->flow);
      start.in_f32 = position->in_f32;
    } else {
      start.flow = flow_from_noise(clip);
    }
    HostTensor latent = denoising_.run(std::move(start), [&] { decoding_.open_early(); });
    checkpoint_.keep_denoised(clip, {.latent = latent, .path = totals_.path});
    return latent;
  }

  // How a clip moves whose frames have this mask.
  FlowInputs flow(int clip, std::vector<float> mask) const {
    FlowInputs flow = {
        .z = {}, .timesteps = {job_.times()}, .mask = std::move(mask), .leap = job_.leap, .merging = job_.merging};
    if (!flow.mask.empty()) {
      flow.noise = [this, clip](int step) { return noise_of(clip, 1 + static_cast<uint64_t>(step)); };
    }
    return flow;
  }

  // Noise with the clip's given frames in it.
  FlowInputs flow_from_noise(int clip) {
    HostTensor z = noise_of(clip, 0);
    if (!job_.is_conditioned(clip)) {
      FlowInputs plain = flow(clip, {});
      plain.z = std::move(z);
      return plain;
    }
    std::vector<float> mask(static_cast<size_t>(job_.latent_frames), 1.0F);
    for (const FramePlacement& placement : job_.placements) {
      if (placement.clip != clip) continue;
      const HostTensor& reference = given_[static_cast<size_t>(placement.reference)];
      place_frames(placed_within(placement, reference.dim(1), job_.latent_frames), reference, z, mask);
    }
    if (clip > 0) {
      const HostTensor before = conditioning_.encode_chunk(last_frames_.rgb());
      place_frames({.length = before.dim(1)}, before, z, mask);
    }
    FlowInputs held = flow(clip, std::move(mask));
    held.z = std::move(z);
    return held;
  }

  // Each clip has streams of noise of its own: the starting one, then one for each step.
  HostTensor noise_of(int clip, uint64_t stream) const {
    constexpr uint64_t kStreamsOfAClip = uint64_t{1} << 32;
    const int64_t channels = inputs_.model.transformer.in_channels;
    HostTensor noise({1, channels, job_.latent_frames, job_.latent_height, job_.latent_width});
    fill_normal(job_.seed, static_cast<uint64_t>(clip) * kStreamsOfAClip + stream, noise.values);
    return noise;
  }

  // The clip before has shown the frames that both have.
  void decode(const HostTensor& latent, int clip) {
    const int shown = std::max(0, checkpoint_.frames_kept() - job_.frames_before(clip));
    decoding_.run(latent,
                  {.clip = clip,
                   .frame = job_.shared_frames(clip) + shown,
                   .in_f32 = shown > 0 && checkpoint_.last_frame_in_f32()},
                  [&](std::span<const uint8_t> frame) { show(frame); });
  }

  void show(std::span<const uint8_t> frame) {
    decoding_.look_at(frame);
    last_frames_.add(frame);
    sink_(frame);
  }

  const PipelineInputs& inputs_;
  const Job& job_;
  Checkpoint& checkpoint_;
  ProgressMeter& progress_;
  const PixelSink& sink_;
  PipelineTotals totals_;   // outlives the stages, which write to it
  LastFrames last_frames_;  // that the next clip goes on from
  TextStage text_;
  ConditioningStage conditioning_;
  DenoisingStage denoising_;
  DecodingStage decoding_;
  std::vector<HostTensor> texts_;  // [tokens, caption channels] each
  std::vector<HostTensor> given_;  // [channels, latent frames, height, width] each
};

}  // namespace

PipelineTotals run_pipeline(const PipelineInputs& inputs, const PipelineMeans& means, const PixelSink& sink) {
  return PipelineRun(inputs, means, sink).run();
}

}  // namespace odsora
