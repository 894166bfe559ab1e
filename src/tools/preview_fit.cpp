#include "tools/preview_fit.h"

#include <array>
#include <cstdio>
#include <memory>

#include "base/error.h"
#include "cpu/cpu_ops.h"
#include "models/video_vae.h"
#include "pipeline/given_frames.h"
#include "pipeline/model_folder.h"
#include "runtime/weight_memory.h"
#include "runtime/workspace.h"
#include "video/frame_reader.h"
#include "video/frames.h"

namespace odsora {
namespace {

/// A model's VAE with all its weights in memory.
class Autoencoder {
 public:
  Autoencoder(const ModelFolder& model, int threads)
      : ops_(make_cpu_ops(
            {.compute_type = DType::kF32, .threads = threads, .workspace = workspace_, .cancel = nullptr})),
        encoder_(WeightScope(model.vae_weights), model.vae, {*ops_, memory_}),
        decoder_(WeightScope(model.vae_weights), model.vae, {*ops_, memory_}) {}

  VideoVaeEncoder& encoder() { return encoder_; }
  VideoVaeDecoder& decoder() { return decoder_; }

 private:
  Workspace workspace_;
  GrowingWeightMemory memory_;
  std::unique_ptr<Ops> ops_;
  VideoVaeEncoder encoder_;
  VideoVaeDecoder decoder_;
};

class VideoLessons {
 public:
  VideoLessons(const ModelFolder& model, int threads) : vae_(model.vae), autoencoder_(model, threads) {
    const auto factor = static_cast<int>(vae_.space_factor());
    size_ = {.width = model.manifest.width / factor * factor, .height = model.manifest.height / factor * factor};
  }

  void learn(const std::filesystem::path& video, LatentColorFit& fit) {
    FrameReader reader(video, size_);
    LatentColorLearner learner(vae_, fit);
    std::vector<uint8_t> frame(static_cast<size_t>(size_.width) * static_cast<size_t>(size_.height) * 3), chunk;
    for (bool more = true; more;) {
      chunk.clear();
      for (int64_t i = 0; i < vae_.frames_per_chunk && more; ++i) {
        more = reader.read(frame);
        if (more) chunk.insert(chunk.end(), frame.begin(), frame.end());
      }
      if (!chunk.empty()) learn_chunk(chunk, learner);
    }
  }

 private:
  void learn_chunk(const std::vector<uint8_t>& chunk, LatentColorLearner& learner) {
    LatentDraw means;
    const HostTensor frames = frames_from_pixels(chunk, size_.height, size_.width);
    const HostTensor latent = autoencoder_.encoder().encode_chunk(frames, means);
    learner.begin(latent, frames.dim(0));
    std::vector<uint8_t> pixels(chunk.size() / static_cast<size_t>(frames.dim(0)));
    autoencoder_.decoder().decode(latent, frames.dim(0), [&](const HostTensor& decoded) {
      for (int64_t i = 0; i < decoded.dim(0); ++i) {
        quantize_pixels({decoded.data() + static_cast<size_t>(i) * pixels.size(), pixels.size()}, pixels);
        learner.add_frame(pixels);
      }
    });
  }

  const VideoVaeConfig& vae_;
  Autoencoder autoencoder_;
  FrameSize size_;
};

LatentColorMap solved(const LatentColorFit& fit) {
  const auto map = fit.solve();
  if (!map) fail(ErrorCode::kBadModel, "preview: expected finite latents of the given videos, found others");
  return *map;
}

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4f", value);
  return text;
}

std::string array(const std::vector<double>& values) {
  std::string text;
  for (const double value : values) text += (text.empty() ? "[" : ", ") + number(value);
  return text + "]";
}

}  // namespace

PreviewFit fit_preview(const PreviewFitInputs& inputs) {
  if (inputs.videos.size() < 2) {
    fail(ErrorCode::kInvalidArgument, "videos: expected two at least, found ", inputs.videos.size());
  }
  const ModelFolder model(inputs.model_folder);
  const auto channels = static_cast<size_t>(model.vae.temporal.embed_channels);
  VideoLessons lessons(model, inputs.threads);
  std::array<LatentColorFit, 2> halves = {LatentColorFit(channels), LatentColorFit(channels)};
  for (size_t i = 0; i < inputs.videos.size(); ++i) lessons.learn(inputs.videos[i], halves[i % 2]);

  LatentColorFit all = halves[0];
  all.add(halves[1]);
  PreviewFit fit = {.map = solved(all), .pairs = all.pairs()};
  fit.quality = all.quality(fit.map);
  fit.on_others = halves[1].quality(solved(halves[0]));
  return fit;
}

std::string preview_json(const LatentColorMap& map) {
  const auto& [red, green, blue] = map.weights;
  return "{\n    \"weights\": [\n      " + array(red) + ",\n      " + array(green) + ",\n      " + array(blue) +
         "\n    ],\n    \"offset\": " + array({map.offset.begin(), map.offset.end()}) + "\n  }";
}

}  // namespace odsora
