#include "models/vae_config.h"

#include <algorithm>
#include <limits>

#include "base/error.h"

namespace odsora {
namespace {

constexpr IntegerRange kChannels = {1, 65536};

int64_t divide_up(int64_t value, int64_t divisor) { return (value + divisor - 1) / divisor; }

void require_whole_groups(const ConfigObject& config, const char* key, int64_t groups,
                          const std::vector<int64_t>& channels) {
  for (const int64_t count : channels) {
    if (count % groups != 0) config.reject(key, join("a divisor of every level's channels (here ", count, ")"));
  }
}

VaeSpatialConfig read_spatial(const ConfigObject& config) {
  VaeSpatialConfig result;
  if (!config.contains("module_config")) return result;
  const ConfigObject sizes = config.object("module_config");
  result.channels = sizes.integers("block_out_channels", kChannels);
  if (result.channels.empty() || result.channels.size() > 8) sizes.reject("block_out_channels", "1 to 8 levels");
  result.latent_channels = sizes.integer("latent_channels", kChannels);
  result.resnets_per_level = sizes.integer("layers_per_block", {1, 64});
  result.norm_groups = sizes.integer_or("norm_num_groups", 32, kChannels);
  require_whole_groups(sizes, "norm_num_groups", result.norm_groups, result.channels);
  return result;
}

VaeTemporalConfig read_temporal(const ConfigObject& config) {
  VaeTemporalConfig result;
  result.in_out_channels = config.integer_or("in_out_channels", 4, kChannels);
  result.latent_channels = config.integer_or("latent_embed_dim", 4, kChannels);
  result.embed_channels = config.integer_or("embed_dim", 4, kChannels);
  result.filters = config.integer_or("filters", 128, kChannels);
  result.resnets_per_level = config.integer_or("num_res_blocks", 4, {1, 64});
  if (config.contains("channel_multipliers")) result.multipliers = config.integers("channel_multipliers", {1, 64});
  if (result.multipliers.empty() || result.multipliers.size() > 8) {
    config.reject("channel_multipliers", "1 to 8 levels");
  }
  if (config.contains("temporal_downsample")) result.downsample = config.booleans("temporal_downsample");
  if (result.downsample.size() + 1 != result.multipliers.size()) {
    config.reject("temporal_downsample", "one entry less than channel_multipliers");
  }
  result.norm_groups = config.integer_or("num_groups", 32, kChannels);
  std::vector<int64_t> channels;
  for (int level = 0; level < result.levels(); ++level) channels.push_back(result.level_channels(level));
  require_whole_groups(config, "num_groups", result.norm_groups, channels);
  return result;
}

std::vector<float> read_per_channel(const ConfigObject& config, const char* key, int64_t channels) {
  constexpr double kLargest = std::numeric_limits<float>::max();
  const std::vector<double> values = config.numbers(key, {-kLargest, kLargest}, static_cast<size_t>(channels));
  return {values.begin(), values.end()};
}

}  // namespace

int64_t VaeTemporalConfig::time_factor() const {
  return int64_t{1} << std::count(downsample.begin(), downsample.end(), true);
}

int64_t VideoVaeConfig::latent_frames_per_chunk() const { return divide_up(frames_per_chunk, temporal.time_factor()); }

int64_t VideoVaeConfig::latent_frames(int64_t frames) const {
  const int64_t rest = frames % frames_per_chunk;
  return frames / frames_per_chunk * latent_frames_per_chunk() + divide_up(rest, temporal.time_factor());
}

int64_t VideoVaeConfig::latent_frame_of(int64_t frame, int64_t frames) const {
  const int64_t chunk = frame / frames_per_chunk, in_chunk = frame % frames_per_chunk;
  const int64_t chunk_frames = std::min(frames_per_chunk, frames - chunk * frames_per_chunk);
  // A chunk is filled up in front to whole latent frames.
  const int64_t factor = temporal.time_factor(), filling = divide_up(chunk_frames, factor) * factor - chunk_frames;
  return chunk * latent_frames_per_chunk() + (filling + in_chunk) / factor;
}

VideoVaeConfig VideoVaeConfig::read(const ConfigObject& config) {
  VideoVaeConfig result;
  result.spatial = read_spatial(config.object("vae_2d"));
  const ConfigObject temporal = config.object("vae_temporal");
  result.temporal = read_temporal(temporal);
  if (result.temporal.in_out_channels != result.spatial.latent_channels) {
    temporal.reject("in_out_channels", join(result.spatial.latent_channels, ", the spatial VAE's latent channels"));
  }
  result.frames_per_chunk = config.integer("micro_frame_size", {1, 1024});
  result.scale = read_per_channel(config, "scale", result.temporal.embed_channels);
  result.shift = read_per_channel(config, "shift", result.temporal.embed_channels);
  if (std::find(result.scale.begin(), result.scale.end(), 0.0F) != result.scale.end()) {
    config.reject("scale", "no zero");
  }
  return result;
}

}  // namespace odsora
