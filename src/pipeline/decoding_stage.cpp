#include "pipeline/decoding_stage.h"

#include <algorithm>
#include <vector>

#include "base/error.h"
#include "pipeline/guarded_computation.h"

namespace odsora {
namespace {

constexpr const char* kStage = "decoding";

}  // namespace

DecodingStage::DecodingStage(const PipelineInputs& inputs, const PipelineMeans& means, PipelineTotals& totals)
    : inputs_(inputs),
      means_(means),
      decoder_(inputs.model.vae_weights, inputs.model.vae, Phase::kDecoding, inputs, means, totals),
      picture_(inputs.job.output_height, inputs.job.output_width) {}

int DecodingStage::chunks_from(int frame) const {
  const auto chunk = static_cast<int>(inputs_.model.vae.frames_per_chunk);
  return (inputs_.job.frames - 1) / chunk - frame / chunk + 1;
}

void DecodingStage::run(const HostTensor& latent, const Start& start, const PixelSink& sink) {
  const Job& job = inputs_.job;
  means_.progress.begin(Phase::kDecoding, job.frames, start.frame);
  done_ = start.frame;
  if (done_ < job.frames) decoder_.begin(chunks_from(done_), start.in_f32);
  while (done_ < job.frames) {
    try {
      decode(latent, done_, sink);
    } catch (const WrongPixels& wrong) {
      const std::string what = join(kStage, ", frame ", done_ + 1);
      if (!decoder_.fall_back_to_f32()) {
        fail_numbers(what, wrong.fault, find_layer(latent, LayerSearch::Fault::kWrongNumber));
      }
      means_.progress.note(fallback_note(what, wrong.fault));
    }
  }
  if (start.clip + 1 == job.clips() && picture_.is_flat()) fail_flat(latent);
  decoder_.end();
}

void DecodingStage::decode(const HostTensor& latent, int first, const PixelSink& sink) {
  const Job& job = inputs_.job;
  const auto chunk = static_cast<int>(inputs_.model.vae.frames_per_chunk);
  LatentColorLearner* const learner = first == 0 ? means_.learner : nullptr;  // it learns from whole clips
  if (learner != nullptr) learner->begin(latent, job.frames);
  std::vector<uint8_t> pixels(static_cast<size_t>(job.output_height) * static_cast<size_t>(job.output_width) * 3);
  decoder_->decode(latent, job.frames,
                   [&](const HostTensor& frames) {  // [some, height, width, 3]
                     if (std::string fault = wrong_number(frames.values, kMostOfPixel); !fault.empty())
                       throw WrongPixels{fault};
                     for (int64_t i = 0; i < frames.dim(0); ++i) {
                       quantize_pixels({frames.data() + static_cast<size_t>(i) * pixels.size(), pixels.size()}, pixels);
                       if (learner != nullptr) learner->add_frame(pixels);
                       means_.checkpoint.add_frame(pixels, decoder_.in_f32());
                       sink(pixels);
                     }
                     done_ += static_cast<int>(frames.dim(0));
                     means_.progress.step_done(done_);
                     means_.checkpoint.frames_added(done_ % chunk == 0 || done_ == job.frames);
                   },
                   {.first_frame = first});
}

// Of the frame that is to be decoded next, or of the last one.
std::string DecodingStage::find_layer(const HostTensor& latent, LayerSearch::Fault fault) {
  struct Enough {};
  LayerSearch search(fault);
  decoder_.reopen();
  const int frame = std::min(done_, inputs_.job.frames - 1);
  try {
    decoder_->decode(latent, inputs_.job.frames, [](const HostTensor&) { throw Enough(); },
                     {.first_frame = frame, .probe = search.probe()});
  } catch (const Enough&) {
  }
  return search.layer();
}

void DecodingStage::fail_flat(const HostTensor& latent) {
  if (decoder_.opened() == 0) decoder_.begin(1);
  const std::string layer = find_layer(latent, LayerSearch::Fault::kFlat);
  fail(ErrorCode::kNumbers, kStage, ": the video is flat, every frame has one colour only, from ",
       layer.empty() ? "the decoder's last layer" : "layer " + layer, " on; its weights do not work");
}

}  // namespace odsora
