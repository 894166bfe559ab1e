// A small picture of a video that is not finished: from its latents, without decoding them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/host_tensor.h"
#include "base/rgb_picture.h"
#include "weights/latent_color_map.h"

namespace odsora {

/// What one step of the denoising path left.
struct UnfinishedLatent {
  const HostTensor& z;         // [1, channels, latent frames, height, width], after the step
  const HostTensor& velocity;  // of the step: data − noise, of z's shape
  float time_left = 0;         // of the path: 1 is all of it, 0 nothing
  /// [latent frames]: 0 where a frame was held in the step; empty: none was.
  std::span<const uint8_t> moving = {};
};

/// A row of latent frames, evenly spread over the clip from the first to the last. Each latent pixel becomes a square.
struct StripLayout {
  int frames = 0;
  int square = 0;             // pixels along the side of one
  int width = 0, height = 0;  // of the strip, in pixels
};

/// At most 8 frames, 1600 pixels in a row and 144,000 in all; frames of 64 pixels in height, or of the least whole
/// enlargement above, where that leaves room. A single frame is shown however large it is.
StripLayout strip_layout(int64_t latent_frames, int64_t latent_height, int64_t latent_width);

/// The strip of where the path would end if it went on straight: x = z + v · time left for frames that move, z for
/// those that are held. Without a map it is grey: the mean of the channels, from the least one of the strip to the
/// greatest. What is not finite is black. Requires a map of z's channels.
RgbPicture preview_strip(const UnfinishedLatent& latent, const std::optional<LatentColorMap>& colors);

}  // namespace odsora
