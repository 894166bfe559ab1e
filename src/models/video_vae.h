// The video VAE of Open-Sora v1.2: a temporal autoencoder around one of single frames. Clips ↔ latents.
//
// A clip is coded in chunks of config.frames_per_chunk frames that do not see each other, so memory does not grow
// with its length.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <variant>

#include "base/host_tensor.h"
#include "models/latent_draw.h"
#include "models/vae_config.h"
#include "models/vae_spatial.h"
#include "models/vae_temporal.h"
#include "nn/model_host.h"
#include "nn/probe.h"

namespace odsora {

/// Receives decoded frames in order: f32 [some frames, height, width, 3], about −1 … 1.
using FrameSink = std::function<void(const HostTensor& frames)>;

/// The weights of the decoder come and go in these: the pieces of the temporal one, then the spatial one as a whole.
using VaeDecoderBlock = std::variant<VaeTemporalPiece, VaeSpatialDecoder>;

/// Where decoding begins, and what a test or a search for faults may look at.
struct VaeDecodeOptions {
  /// Of the clip: the first one that is wanted. Whole chunks before it cost nothing. Within a chunk only where an
  /// earlier call handed over the frames before it, or their values might differ in the last bits.
  int64_t first_frame = 0;
  FrameSink frame_latents = {};  // of each chunk, before the spatial VAE: [frames, height, width, channels]
  Probe probe = {};              // "temporal.0" …: pieces; "spatial.conv_in" …: layers of the spatial VAE
};

class VideoVaeDecoder {
 public:
  /// Binds the weights in `root`; the host's parts and the source of `root` must live longer. Throws Error(kBadModel).
  VideoVaeDecoder(const WeightScope& root, const VideoVaeConfig& config, const ModelHost& host);

  /// latent [channels, latent frames, height, width] of a clip of `frames` frames.
  void decode(const HostTensor& latent, int64_t frames, const FrameSink& sink, const VaeDecodeOptions& options = {});

 private:
  /// → [frames, height, width, channels].
  HostTensor decode_time(const HostTensor& latent, int64_t first_latent_frame, int64_t frames, const Probe& probe);
  /// From frame `first` of the chunk on.
  void decode_space(HostTensor frame_latents, int64_t first, const FrameSink& sink, const Probe& probe);

  VideoVaeConfig config_;
  Ops& ops_;
  VaeTemporalDecoder temporal_;
  std::unique_ptr<BlockSource<VaeDecoderBlock>> blocks_;
};

/// The mean and the logarithm of the variance of each latent value.
struct LatentMoments {
  HostTensor mean;          // [channels, latent frames, height, width]
  HostTensor log_variance;  // the same
};

/// What a test or a search for faults may look at.
struct VaeEncodeOptions {
  FrameSink frame_latents = {};      // latents of single frames: [frames of a chunk, height, width, channels]
  LatentMoments* moments = nullptr;  // filled
  Probe probe = {};                  // "spatial.conv_in" …: layers of the spatial VAE; "temporal.0" …: pieces
};

/// The weights of the encoder come and go in these: the spatial one as a whole, then the pieces of the temporal one.
using VaeEncoderBlock = std::variant<VaeSpatialEncoder, VaeTemporalPiece>;

class VideoVaeEncoder {
 public:
  /// Binds the weights in `root`; the host's parts and the source of `root` must live longer. Throws Error(kBadModel).
  VideoVaeEncoder(const WeightScope& root, const VideoVaeConfig& config, const ModelHost& host);

  /// One chunk: frames f32 [1 to config.frames_per_chunk, height, width, 3] in −1 … 1 → latent [channels, latent
  /// frames, height / 8, width / 8], rounded down. Passes over the weights once. The chunks of a clip share one `draw`,
  /// from which both autoencoders take their latents.
  HostTensor encode_chunk(const HostTensor& frames, LatentDraw& draw, const VaeEncodeOptions& options = {});

  /// A whole clip, chunk by chunk: frames [frames, height, width, 3] → latent [channels, latent frames, height / 8,
  /// width / 8]. With a seed latents are drawn, as the reference does; without one they are means.
  HostTensor encode(const HostTensor& frames, std::optional<uint64_t> seed = std::nullopt,
                    const VaeEncodeOptions& options = {});

 private:
  /// → frame latents [frames, height / 8, width / 8, spatial channels].
  HostTensor encode_space(const HostTensor& frames, LatentDraw& draw, const Probe& probe);
  /// frame latents → moments [1, latent frames, height / 8, width / 8, 2 channels].
  HostTensor encode_time(const HostTensor& frame_latents, const Probe& probe);

  VideoVaeConfig config_;
  Ops& ops_;
  VaeTemporalEncoder temporal_;
  std::unique_ptr<BlockSource<VaeEncoderBlock>> blocks_;
};

}  // namespace odsora
