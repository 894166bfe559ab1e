#include "models/multiply_adds.h"

namespace odsora {
namespace {

double resnets(int count, double inputs, double outputs, double kernel) {
  const double shortcut = inputs == outputs ? 0 : inputs * outputs;
  return kernel * inputs * outputs + shortcut + (2 * count - 1) * kernel * outputs * outputs;
}

// Where the spatial autoencoder is coarsest: attention between two resnets.
double spatial_middle(double channels, double positions) {
  constexpr double kKernel = 9;
  const double attention = 4 * channels * channels + 2 * positions * channels;
  return positions * (attention + resnets(2, channels, channels, kKernel));
}

double temporal_decode(const VaeTemporalConfig& config, double latent_positions) {
  constexpr double kKernel = 27;
  const int levels = config.levels();
  auto channels = static_cast<double>(config.level_channels(levels - 1));
  double positions = latent_positions;
  double sum = positions * (kKernel * static_cast<double>(config.latent_channels) * channels +
                            resnets(config.resnets_per_level, channels, channels, kKernel));
  for (int level = levels - 1; level >= 0; --level) {
    const auto outputs = static_cast<double>(config.level_channels(level));
    sum += positions * resnets(config.resnets_per_level, channels, outputs, kKernel);
    channels = outputs;
    if (level > 0 && config.downsample[static_cast<size_t>(level - 1)]) {
      sum += positions * kKernel * channels * 2 * channels;
      positions *= 2;
    }
  }
  return sum + positions * kKernel * channels * static_cast<double>(config.in_out_channels);
}

double spatial_decode(const VaeSpatialConfig& config, double height, double width) {
  constexpr double kKernel = 9;
  auto channels = static_cast<double>(config.channels.back());
  double positions = height * width;
  double sum = positions * kKernel * static_cast<double>(config.latent_channels) * channels +
               spatial_middle(channels, positions);
  for (size_t i = config.channels.size(); i-- > 0;) {
    const auto outputs = static_cast<double>(config.channels[i]);
    sum += positions * resnets(config.resnets_per_level + 1, channels, outputs, kKernel);
    channels = outputs;
    if (i > 0) {  // UpsampleConv
      constexpr double kFoldedKernel = 4, kQuad = 4;
      sum += (height + 1) * (width + 1) * kFoldedKernel * channels * kQuad * channels;
      height *= 2;
      width *= 2;
      positions = height * width;
    }
  }
  return sum + positions * kKernel * channels * 3;
}

double spatial_encode(const VaeSpatialConfig& config, double positions) {
  constexpr double kKernel = 9;
  auto channels = static_cast<double>(config.channels.front());
  double sum = positions * kKernel * 3 * channels;
  for (size_t i = 0; i < config.channels.size(); ++i) {
    const auto outputs = static_cast<double>(config.channels[i]);
    sum += positions * resnets(config.resnets_per_level, channels, outputs, kKernel);
    channels = outputs;
    if (i + 1 < config.channels.size()) {
      positions /= 4;
      sum += positions * kKernel * channels * channels;
    }
  }
  const auto latent_channels = static_cast<double>(config.latent_channels);
  return sum + spatial_middle(channels, positions) + positions * kKernel * channels * 2 * latent_channels;
}

double temporal_encode(const VaeTemporalConfig& config, double latent_positions) {
  constexpr double kKernel = 27;
  auto channels = static_cast<double>(config.level_channels(0));
  double positions = latent_positions * static_cast<double>(config.time_factor());
  double sum = positions * kKernel * static_cast<double>(config.in_out_channels) * channels;
  for (int level = 0; level < config.levels(); ++level) {
    const auto outputs = static_cast<double>(config.level_channels(level));
    sum += positions * resnets(config.resnets_per_level, channels, outputs, kKernel);
    channels = outputs;
    if (level + 1 < config.levels() && config.downsample[static_cast<size_t>(level)]) {
      positions /= 2;
      sum += positions * kKernel * channels * channels;
    }
  }
  return sum + positions * (resnets(config.resnets_per_level, channels, channels, kKernel) +
                            channels * 2 * static_cast<double>(config.latent_channels));
}

}  // namespace

double stdit3_multiply_adds(const StDit3Config& config, const ClipSize& clip, int64_t text_tokens, int merged_blocks) {
  constexpr double kBatch = 2;
  const auto channels = static_cast<double>(config.hidden_size);
  const double patches = static_cast<double>((clip.latent_height + config.patch.height - 1) / config.patch.height) *
                         static_cast<double>((clip.latent_width + config.patch.width - 1) / config.patch.width);
  // For a pair of blocks. For each token that attention sees: qkv and projections, then attention to the text, and to
  // space in one block and time in the other; for each token: the feed-forward layers.
  const auto pair = [&](double frames) {
    const double attention =
        12 * channels * channels + 4 * static_cast<double>(text_tokens) * channels + 2 * channels * (patches + frames);
    const double feed_forward = 4 * channels * static_cast<double>(config.mlp_size);
    return patches * (frames * attention + static_cast<double>(clip.latent_frames) * feed_forward);
  };
  const auto merged_frames = static_cast<double>((clip.latent_frames + 1) / 2);
  return kBatch * (merged_blocks * pair(merged_frames) +
                   (config.depth - merged_blocks) * pair(static_cast<double>(clip.latent_frames)));
}

double vae_decode_multiply_adds(const VideoVaeConfig& config, const ClipSize& clip) {
  const auto height = static_cast<double>(clip.latent_height), width = static_cast<double>(clip.latent_width);
  return temporal_decode(config.temporal, height * width * static_cast<double>(clip.latent_frames)) +
         spatial_decode(config.spatial, height, width) * static_cast<double>(clip.frames);
}

double vae_encode_multiply_adds(const VideoVaeConfig& config, const ClipSize& clip) {
  const double plane = static_cast<double>(clip.latent_height) * static_cast<double>(clip.latent_width);
  const auto factor = static_cast<double>(config.space_factor());
  return spatial_encode(config.spatial, plane * factor * factor) * static_cast<double>(clip.frames) +
         temporal_encode(config.temporal, plane * static_cast<double>(clip.latent_frames));
}

}  // namespace odsora
