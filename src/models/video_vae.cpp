#include "models/video_vae.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "base/noise.h"

namespace odsora {
namespace {

// Between the two autoencoders. The checkpoint's own scaling_factor (0.13025) is not used: Open-Sora fixes this one.
constexpr float kSpatialScale = 0.18215F;

// Frames that go through the spatial autoencoder together: four small ones, so that weights are used while hot, but
// never more than these pixels, so that memory stays that of one large frame. Does not change the values.
constexpr int64_t kFramesAtOnce = 4;
constexpr int64_t kPixelsAtOnce = 256 * 256 * kFramesAtOnce;

int64_t frames_at_once(int64_t pixels_per_frame) {
  return std::clamp<int64_t>(kPixelsAtOnce / std::max<int64_t>(pixels_per_frame, 1), 1, kFramesAtOnce);
}

HostTensor slice_frames(const HostTensor& frames, int64_t first, int64_t count) {
  const int64_t size = frames.count() / frames.dim(0);
  Shape shape = frames.shape;
  shape[0] = count;
  return {std::move(shape), {frames.values.begin() + first * size, frames.values.begin() + (first + count) * size}};
}

// Leading frames that fill `frames` up to a multiple of `factor`.
int64_t padding(int64_t frames, int64_t factor) { return (factor - frames % factor) % factor; }

WeightScope spatial_scope(const WeightScope& root) { return root / "spatial_vae" / "module"; }

}  // namespace

VideoVaeDecoder::VideoVaeDecoder(const WeightScope& root, const VideoVaeConfig& config, const ModelHost& host)
    : config_(config), ops_(host.ops), temporal_(config.temporal) {
  blocks_ = host.open_blocks<VaeDecoderBlock>(
      temporal_.pieces() + 1, root,
      [this, &ops = host.ops](int index, const WeightScope& from, WeightMemory& memory) -> VaeDecoderBlock {
        const BindTarget target = {ops, memory};
        if (index < temporal_.pieces()) return temporal_.bind(target, from / "temporal_vae", index);
        return VaeSpatialDecoder(target, spatial_scope(from), config_.spatial);
      });
}

void VideoVaeDecoder::decode(const HostTensor& latent, int64_t frames, const FrameSink& sink,
                             const FrameSink& frame_latents) {
  int64_t latent_frame = 0;
  while (frames > 0) {
    const int64_t chunk = std::min(frames, config_.frames_per_chunk);
    HostTensor chunk_latents = decode_time(latent, latent_frame, chunk);
    if (frame_latents) frame_latents(chunk_latents);
    decode_space(std::move(chunk_latents), sink);
    latent_frame += config_.latent_frames(chunk);
    frames -= chunk;
  }
}

HostTensor VideoVaeDecoder::decode_time(const HostTensor& latent, int64_t first_latent_frame, int64_t frames) {
  const int64_t channels = latent.dim(0), height = latent.dim(2), width = latent.dim(3);
  const int64_t count = config_.latent_frames(frames);
  HostTensor chunk({1, count, height, width, channels});
  for (int64_t c = 0; c < channels; ++c) {
    const float scale = config_.scale[static_cast<size_t>(c)], shift = config_.shift[static_cast<size_t>(c)];
    const float* plane = latent.data() + (c * latent.dim(1) + first_latent_frame) * height * width;
    for (int64_t i = 0; i < count * height * width; ++i) chunk.data()[i * channels + c] = plane[i] * scale + shift;
  }
  Tensor decoded = ops_.upload(chunk, DType::kF32);
  for (int i = 0; i < temporal_.pieces(); ++i) {
    const BlockLease<VaeDecoderBlock> block = blocks_->acquire(i);
    decoded = VaeTemporalDecoder::run(ops_, std::get<VaeTemporalPiece>(*block), std::move(decoded));
  }  // [1, 4 count, height, width, channels]
  const Tensor frames_only = decoded.view({decoded.dim(1), height, width, decoded.channels()})
                                 .slice(padding(frames, config_.temporal.time_factor()), frames);
  return ops_.download(frames_only);
}

void VideoVaeDecoder::decode_space(HostTensor frame_latents, const FrameSink& sink) {
  const BlockLease<VaeDecoderBlock> block = blocks_->acquire(temporal_.pieces());
  const auto& spatial = std::get<VaeSpatialDecoder>(*block);
  for (float& value : frame_latents.values) value /= kSpatialScale;
  const int64_t factor = config_.space_factor();
  const int64_t at_once = frames_at_once(frame_latents.dim(1) * frame_latents.dim(2) * factor * factor);
  for (int64_t first = 0; first < frame_latents.dim(0); first += at_once) {
    const int64_t count = std::min(at_once, frame_latents.dim(0) - first);
    const Tensor latents = ops_.upload(slice_frames(frame_latents, first, count), DType::kF32);
    sink(ops_.download(spatial.decode(latents)));
  }
}

// Splits moments [..., 2 channels] into mean and log-variance and draws from them.
struct VideoVaeEncoder::Draw {
  std::optional<uint64_t> seed;
  mutable uint64_t next_stream = 0;

  // → [..., channels].
  HostTensor operator()(const HostTensor& moments) const {
    constexpr float kLeast = -30.0F, kMost = 20.0F;  // the reference's bounds of the log-variance
    const int64_t channels = moments.shape.back() / 2;
    Shape shape = moments.shape;
    shape.back() = channels;
    HostTensor result(std::move(shape));
    HostTensor noise;
    if (seed) {
      noise = HostTensor(result.shape);
      fill_normal(*seed, next_stream++, noise.values);
    }
    for (int64_t i = 0; i < result.count(); ++i) {
      const float* both = moments.data() + i / channels * 2 * channels + i % channels;
      result.data()[i] = both[0];
      if (seed) result.data()[i] += std::exp(0.5F * std::clamp(both[channels], kLeast, kMost)) * noise.data()[i];
    }
    return result;
  }
};

VideoVaeEncoder::VideoVaeEncoder(const WeightScope& root, const VideoVaeConfig& config, const BindTarget& target)
    : config_(config),
      ops_(target.ops),
      spatial_(target, spatial_scope(root), config.spatial),
      temporal_(target, root / "temporal_vae", config.temporal) {}

HostTensor VideoVaeEncoder::encode(const HostTensor& frames, std::optional<uint64_t> seed,
                                   const FrameSink& frame_latents, LatentMoments* moments) {
  const Draw draw{seed};
  const int64_t total = frames.dim(0), factor = config_.space_factor();
  const Shape shape = {config_.temporal.embed_channels, config_.latent_frames(total), frames.dim(1) / factor,
                       frames.dim(2) / factor};
  HostTensor latent(shape);
  if (moments != nullptr) *moments = {HostTensor(shape), HostTensor(shape)};
  const int64_t channels = shape[0], plane = shape[2] * shape[3];

  int64_t latent_frame = 0;
  for (int64_t first = 0; first < total; first += config_.frames_per_chunk) {
    const int64_t chunk = std::min(config_.frames_per_chunk, total - first);
    const HostTensor spatial = encode_space(frames, first, chunk, draw);  // [chunk, h, w, spatial channels]
    if (frame_latents) frame_latents(spatial);

    const int64_t lead = padding(chunk, config_.temporal.time_factor());
    HostTensor padded({1, lead + chunk, shape[2], shape[3], spatial.dim(3)});
    std::copy(spatial.values.begin(), spatial.values.end(), padded.values.end() - spatial.count());
    const HostTensor both = ops_.download(temporal_.encode(ops_.upload(padded, DType::kF32)));
    const HostTensor drawn = draw(both);  // [1, latent frames, h, w, channels]

    for (int64_t i = 0; i < both.dim(1) * plane; ++i) {
      for (int64_t c = 0; c < channels; ++c) {
        const int64_t place = (c * shape[1] + latent_frame) * plane + i;
        latent.data()[place] = (drawn.data()[i * channels + c] - config_.shift[static_cast<size_t>(c)]) /
                               config_.scale[static_cast<size_t>(c)];
        if (moments != nullptr) {
          moments->mean.data()[place] = both.data()[i * 2 * channels + c];
          moments->log_variance.data()[place] = both.data()[i * 2 * channels + channels + c];
        }
      }
    }
    latent_frame += both.dim(1);
  }
  return latent;
}

HostTensor VideoVaeEncoder::encode_space(const HostTensor& frames, int64_t first, int64_t count,
                                         const Draw& draw) const {
  const int64_t factor = config_.space_factor();
  HostTensor result({count, frames.dim(1) / factor, frames.dim(2) / factor, config_.spatial.latent_channels});
  const int64_t at_once = frames_at_once(frames.dim(1) * frames.dim(2));
  for (int64_t done = 0; done < count; done += at_once) {
    const int64_t now = std::min(at_once, count - done);
    const Tensor pixels = ops_.upload(slice_frames(frames, first + done, now), DType::kF32);
    const HostTensor drawn = draw(ops_.download(spatial_.encode(pixels)));
    float* out = result.data() + done * (result.count() / count);
    for (int64_t i = 0; i < drawn.count(); ++i) out[i] = drawn.data()[i] * kSpatialScale;
  }
  return result;
}

}  // namespace odsora
