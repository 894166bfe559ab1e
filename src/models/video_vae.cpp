#include "models/video_vae.h"

#include <algorithm>
#include <cassert>
#include <string>
#include <utility>

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

// Writes frames `first`, `first` + 1, … of a clip: part [channels, some frames, height, width] into whole [channels,
// frames, height, width].
void put_frames(const HostTensor& part, int64_t first, HostTensor& whole) {
  const int64_t plane = whole.dim(2) * whole.dim(3), size = part.dim(1) * plane;
  for (int64_t c = 0; c < whole.dim(0); ++c) {
    std::copy_n(part.data() + c * size, size, whole.data() + (c * whole.dim(1) + first) * plane);
  }
}

// Channels [first, first + count) of moments [1, frames, height, width, all channels] → [count, frames, height, width].
HostTensor channels_first(const HostTensor& moments, int64_t first, int64_t count) {
  HostTensor result({count, moments.dim(1), moments.dim(2), moments.dim(3)});
  const int64_t positions = result.count() / count, channels = moments.dim(4);
  for (int64_t c = 0; c < count; ++c) {
    for (int64_t i = 0; i < positions; ++i) {
      result.data()[c * positions + i] = moments.data()[i * channels + first + c];
    }
  }
  return result;
}

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
                             const VaeDecodeOptions& options) {
  int64_t latent_frame = 0;
  for (int64_t first = 0; first < frames; first += config_.frames_per_chunk) {
    const int64_t chunk = std::min(frames - first, config_.frames_per_chunk);
    if (first + chunk > options.first_frame) {
      HostTensor chunk_latents = decode_time(latent, latent_frame, chunk, options.probe);
      if (options.frame_latents) options.frame_latents(chunk_latents);
      decode_space(std::move(chunk_latents), std::max<int64_t>(0, options.first_frame - first), sink, options.probe);
    }
    latent_frame += config_.latent_frames(chunk);
  }
}

HostTensor VideoVaeDecoder::decode_time(const HostTensor& latent, int64_t first_latent_frame, int64_t frames,
                                        const Probe& probe) {
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
    if (probe) probe("temporal." + std::to_string(i), decoded);
  }  // [1, 4 count, height, width, channels]
  const Tensor frames_only = decoded.view({decoded.dim(1), height, width, decoded.channels()})
                                 .slice(padding(frames, config_.temporal.time_factor()), frames);
  return ops_.download(frames_only);
}

void VideoVaeDecoder::decode_space(HostTensor frame_latents, int64_t begin, const FrameSink& sink, const Probe& probe) {
  const BlockLease<VaeDecoderBlock> block = blocks_->acquire(temporal_.pieces());
  const auto& spatial = std::get<VaeSpatialDecoder>(*block);
  for (float& value : frame_latents.values) value /= kSpatialScale;
  const int64_t factor = config_.space_factor();
  const int64_t at_once = frames_at_once(frame_latents.dim(1) * frame_latents.dim(2) * factor * factor);
  for (int64_t first = begin; first < frame_latents.dim(0); first += at_once) {
    const int64_t count = std::min(at_once, frame_latents.dim(0) - first);
    const Tensor latents = ops_.upload(slice_frames(frame_latents, first, count), DType::kF32);
    sink(ops_.download(spatial.decode(latents, kBandBytes, probe)));
  }
}

VideoVaeEncoder::VideoVaeEncoder(const WeightScope& root, const VideoVaeConfig& config, const ModelHost& host)
    : config_(config), ops_(host.ops), temporal_(config.temporal) {
  blocks_ = host.open_blocks<VaeEncoderBlock>(
      1 + temporal_.pieces(), root,
      [this, &ops = host.ops](int index, const WeightScope& from, WeightMemory& memory) -> VaeEncoderBlock {
        const BindTarget target = {ops, memory};
        if (index == 0) return VaeSpatialEncoder(target, spatial_scope(from), config_.spatial);
        return temporal_.bind(target, from / "temporal_vae", index - 1);
      });
}

HostTensor VideoVaeEncoder::encode_chunk(const HostTensor& frames, LatentDraw& draw, const VaeEncodeOptions& options) {
  assert(frames.dim(0) >= 1 && frames.dim(0) <= config_.frames_per_chunk);
  const HostTensor spatial = encode_space(frames, draw, options.probe);
  if (options.frame_latents) options.frame_latents(spatial);
  const HostTensor both = encode_time(spatial, options.probe);
  const int64_t channels = config_.temporal.embed_channels;
  if (options.moments != nullptr) {
    *options.moments = {channels_first(both, 0, channels), channels_first(both, channels, channels)};
  }

  HostTensor latent = channels_first(draw.from(both), 0, channels);
  const int64_t positions = latent.count() / channels;
  for (int64_t c = 0; c < channels; ++c) {
    const float scale = config_.scale[static_cast<size_t>(c)], shift = config_.shift[static_cast<size_t>(c)];
    for (int64_t i = c * positions; i < (c + 1) * positions; ++i) latent.data()[i] = (latent.data()[i] - shift) / scale;
  }
  return latent;
}

HostTensor VideoVaeEncoder::encode(const HostTensor& frames, std::optional<uint64_t> seed,
                                   const VaeEncodeOptions& options) {
  LatentDraw draw(seed);
  LatentMoments* const moments = options.moments;
  const int64_t total = frames.dim(0), factor = config_.space_factor();
  const Shape shape = {config_.temporal.embed_channels, config_.latent_frames(total), frames.dim(1) / factor,
                       frames.dim(2) / factor};
  HostTensor latent(shape);
  if (moments != nullptr) *moments = {HostTensor(shape), HostTensor(shape)};
  int64_t latent_frame = 0;
  for (int64_t first = 0; first < total; first += config_.frames_per_chunk) {
    const HostTensor chunk = slice_frames(frames, first, std::min(config_.frames_per_chunk, total - first));
    LatentMoments chunk_moments;
    const HostTensor part = encode_chunk(chunk, draw,
                                         {.frame_latents = options.frame_latents,
                                          .moments = moments != nullptr ? &chunk_moments : nullptr,
                                          .probe = options.probe});
    put_frames(part, latent_frame, latent);
    if (moments != nullptr) {
      put_frames(chunk_moments.mean, latent_frame, moments->mean);
      put_frames(chunk_moments.log_variance, latent_frame, moments->log_variance);
    }
    latent_frame += part.dim(1);
  }
  return latent;
}

HostTensor VideoVaeEncoder::encode_space(const HostTensor& frames, LatentDraw& draw, const Probe& probe) {
  const BlockLease<VaeEncoderBlock> block = blocks_->acquire(0);
  const auto& spatial = std::get<VaeSpatialEncoder>(*block);
  const int64_t count = frames.dim(0), factor = config_.space_factor();
  HostTensor result({count, frames.dim(1) / factor, frames.dim(2) / factor, config_.spatial.latent_channels});
  const int64_t at_once = frames_at_once(frames.dim(1) * frames.dim(2));
  for (int64_t first = 0; first < count; first += at_once) {
    const int64_t now = std::min(at_once, count - first);
    const Tensor pixels = ops_.upload(slice_frames(frames, first, now), DType::kF32);
    const HostTensor drawn = draw.from(ops_.download(spatial.encode(pixels, kBandBytes, probe)));
    float* out = result.data() + first * (result.count() / count);
    for (int64_t i = 0; i < drawn.count(); ++i) out[i] = drawn.data()[i] * kSpatialScale;
  }
  return result;
}

HostTensor VideoVaeEncoder::encode_time(const HostTensor& frame_latents, const Probe& probe) {
  const int64_t lead = padding(frame_latents.dim(0), config_.temporal.time_factor());
  HostTensor padded({1, lead + frame_latents.dim(0), frame_latents.dim(1), frame_latents.dim(2), frame_latents.dim(3)});
  std::copy(frame_latents.values.begin(), frame_latents.values.end(), padded.values.end() - frame_latents.count());
  Tensor encoded = ops_.upload(padded, DType::kF32);
  for (int i = 0; i < temporal_.pieces(); ++i) {
    const BlockLease<VaeEncoderBlock> block = blocks_->acquire(1 + i);
    encoded = VaeTemporalEncoder::run(ops_, std::get<VaeTemporalPiece>(*block), std::move(encoded));
    if (probe) probe("temporal." + std::to_string(i), encoded);
  }
  return ops_.download(encoded);
}

}  // namespace odsora
