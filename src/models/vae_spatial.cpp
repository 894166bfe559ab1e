#include "models/vae_spatial.h"

#include <cmath>
#include <utility>

namespace odsora {
namespace {

constexpr float kNormEpsilon = 1e-6F;
constexpr int64_t kPixelChannels = 3;

const ConvWindow kPointwise = {.kernel = {1, 1}, .stride = {1, 1}, .pad_before = {0, 0}, .pad_after = {0, 0}};
const ConvWindow kSame = {.kernel = {3, 3}, .stride = {1, 1}, .pad_before = {1, 1}, .pad_after = {1, 1}};
// Zeros are added at the bottom and right only.
const ConvWindow kHalve = {.kernel = {3, 3}, .stride = {2, 2}, .pad_before = {0, 0}, .pad_after = {1, 1}};

// What the bind functions below share.
struct Binder {
  const BindTarget& target;
  int64_t norm_groups;

  GroupNorm norm(const WeightScope& scope, int64_t channels) const {
    return bind_group_norm(target, scope, {.channels = channels, .groups = norm_groups, .epsilon = kNormEpsilon});
  }

  Conv conv(const WeightScope& scope, int64_t inputs, int64_t outputs, const ConvWindow& window) const {
    return bind_conv(target, scope, {.inputs = inputs, .outputs = outputs}, window, target.ops.compute_type());
  }

  // At the border of the network, where channels are few: f32 costs no time there.
  Conv border_conv(const WeightScope& scope, int64_t inputs, int64_t outputs, const ConvWindow& window) const {
    return bind_conv(target, scope, {.inputs = inputs, .outputs = outputs}, window, DType::kF32);
  }

  ConvResnet resnet(const WeightScope& scope, int64_t inputs, int64_t outputs) const {
    ConvResnet resnet = {.norm1 = norm(scope / "norm1", inputs),
                         .conv1 = conv(scope / "conv1", inputs, outputs, kSame),
                         .norm2 = norm(scope / "norm2", outputs),
                         .conv2 = conv(scope / "conv2", outputs, outputs, kSame),
                         .shortcut = std::nullopt};
    if (inputs != outputs) resnet.shortcut = conv(scope / "conv_shortcut", inputs, outputs, kPointwise);
    return resnet;
  }

  // `name` as diffusers writes it since 2023, `old_name` as it wrote it before.
  Linear attention_linear(const WeightScope& scope, const char* name, const char* old_name, int64_t channels) const {
    const bool old =
        !scope.contains(std::string(name) + ".weight") && scope.contains(std::string(old_name) + ".weight");
    return bind_linear(target, scope / (old ? old_name : name), {.inputs = channels, .outputs = channels},
                       target.ops.compute_type());
  }

  VaeSpatialMiddle middle(const WeightScope& scope, int64_t channels) const {
    const WeightScope attention = scope / "attentions" / 0;
    return {.first = resnet(scope / "resnets" / 0, channels, channels),
            .attention = {.norm = norm(attention / "group_norm", channels),
                          .query = attention_linear(attention, "to_q", "query", channels),
                          .key = attention_linear(attention, "to_k", "key", channels),
                          .value = attention_linear(attention, "to_v", "value", channels),
                          .output = attention_linear(attention, "to_out.0", "proj_attn", channels)},
            .second = resnet(scope / "resnets" / 1, channels, channels)};
  }

  std::vector<ConvResnet> resnets(const WeightScope& scope, int count, int64_t inputs, int64_t outputs) const {
    std::vector<ConvResnet> result;
    for (int i = 0; i < count; ++i) result.push_back(resnet(scope / "resnets" / i, i == 0 ? inputs : outputs, outputs));
    return result;
  }
};

// x + output(attention(norm(x))) over the positions of each frame.
Tensor run_attention(Ops& ops, const VaeSpatialAttention& attention, Tensor x) {
  const DType type = ops.compute_type();
  const int64_t channels = x.channels();
  const Shape positions = {x.dim(0), 1, x.dim(1) * x.dim(2), channels};
  const Tensor normed = ops.group_norm(x, attention.norm, Activation::kNone, type);
  const Tensor query = ops.linear(normed, attention.query, type, Activation::kNone).reshaped(positions);
  const Tensor key = ops.linear(normed, attention.key, type, Activation::kNone).reshaped(positions);
  const Tensor value = ops.linear(normed, attention.value, type, Activation::kNone).reshaped(positions);
  const Tensor mixed = ops.attention({.query = {query},
                                      .key = {key},
                                      .value = {value},
                                      .heads = 1,
                                      .scale = 1.0F / std::sqrt(static_cast<float>(channels))});
  ops.add(x, ops.linear(mixed, attention.output, type, Activation::kNone).reshaped(x.shape()));
  return x;
}

Tensor run_middle(Ops& ops, const VaeSpatialMiddle& middle, Tensor x, int64_t band_bytes) {
  x = run_resnet(ops, middle.first, std::move(x), band_bytes);
  x = run_attention(ops, middle.attention, std::move(x));
  return run_resnet(ops, middle.second, std::move(x), band_bytes);
}

}  // namespace

VaeSpatialDecoder::VaeSpatialDecoder(const BindTarget& target, const WeightScope& scope, const VaeSpatialConfig& config)
    : ops_(&target.ops) {
  const Binder bind{target, config.norm_groups};
  const WeightScope decoder = scope / "decoder";
  int64_t channels = config.channels.back();
  post_quant_ = bind.border_conv(scope / "post_quant_conv", config.latent_channels, config.latent_channels, kPointwise);
  conv_in_ = bind.border_conv(decoder / "conv_in", config.latent_channels, channels, kSame);
  middle_ = bind.middle(decoder / "mid_block", channels);
  const auto levels = static_cast<int>(config.channels.size());
  for (int i = 0; i < levels; ++i) {
    const WeightScope block = decoder / "up_blocks" / i;
    const int64_t outputs = config.channels[static_cast<size_t>(levels - 1 - i)];
    VaeSpatialLevel level;
    level.resnets = bind.resnets(block, config.resnets_per_level + 1, channels, outputs);
    if (i + 1 < levels) {
      level.magnify = bind_upsample_conv(target, block / "upsamplers" / 0 / "conv",
                                         {.inputs = outputs, .outputs = outputs}, target.ops.compute_type());
    }
    levels_.push_back(std::move(level));
    channels = outputs;
  }
  norm_out_ = bind.norm(decoder / "conv_norm_out", channels);
  conv_out_ = bind.conv(decoder / "conv_out", channels, kPixelChannels, kSame);
}

Tensor VaeSpatialDecoder::decode(const Tensor& latents, int64_t band_bytes, const Probe& probe) const {
  const DType type = ops_->compute_type();
  const ConvBands bands(*ops_, band_bytes);
  Tensor x =
      ops_->conv(ops_->conv(latents, post_quant_, DType::kF32), conv_in_, type);  // [frames, height, width, channels]
  show(probe, "spatial.conv_in", x);
  x = run_middle(*ops_, middle_, std::move(x), band_bytes);
  show(probe, "spatial.mid_block", x);
  for (size_t i = 0; i < levels_.size(); ++i) {
    for (const ConvResnet& resnet : levels_[i].resnets) x = run_resnet(*ops_, resnet, std::move(x), band_bytes);
    if (levels_[i].magnify) x = bands.upsample_conv(x, *levels_[i].magnify, type);
    if (probe) probe("spatial.up_blocks." + std::to_string(i), x);
  }
  return bands.norm_conv(x, norm_out_, conv_out_, DType::kF32);
}

VaeSpatialEncoder::VaeSpatialEncoder(const BindTarget& target, const WeightScope& scope, const VaeSpatialConfig& config)
    : ops_(&target.ops) {
  const Binder bind{target, config.norm_groups};
  const WeightScope encoder = scope / "encoder";
  int64_t channels = config.channels.front();
  conv_in_ = bind.border_conv(encoder / "conv_in", kPixelChannels, channels, kSame);
  const auto levels = static_cast<int>(config.channels.size());
  for (int i = 0; i < levels; ++i) {
    const WeightScope block = encoder / "down_blocks" / i;
    const int64_t outputs = config.channels[static_cast<size_t>(i)];
    VaeSpatialLevel level;
    level.resnets = bind.resnets(block, config.resnets_per_level, channels, outputs);
    if (i + 1 < levels) level.halve = bind.conv(block / "downsamplers" / 0 / "conv", outputs, outputs, kHalve);
    levels_.push_back(std::move(level));
    channels = outputs;
  }
  middle_ = bind.middle(encoder / "mid_block", channels);
  norm_out_ = bind.norm(encoder / "conv_norm_out", channels);
  const int64_t moments = 2 * config.latent_channels;
  conv_out_ = bind.border_conv(encoder / "conv_out", channels, moments, kSame);
  quant_ = bind.border_conv(scope / "quant_conv", moments, moments, kPointwise);
}

Tensor VaeSpatialEncoder::encode(const Tensor& pixels, int64_t band_bytes, const Probe& probe) const {
  const DType type = ops_->compute_type();
  const ConvBands bands(*ops_, band_bytes);
  Tensor x = bands.conv(pixels, conv_in_, type);
  show(probe, "spatial.conv_in", x);
  for (size_t i = 0; i < levels_.size(); ++i) {
    for (const ConvResnet& resnet : levels_[i].resnets) x = run_resnet(*ops_, resnet, std::move(x), band_bytes);
    if (levels_[i].halve) x = bands.conv(x, *levels_[i].halve, type);
    if (probe) probe("spatial.down_blocks." + std::to_string(i), x);
  }
  x = run_middle(*ops_, middle_, std::move(x), band_bytes);
  show(probe, "spatial.mid_block", x);
  x = bands.norm_conv(x, norm_out_, conv_out_, DType::kF32);
  return ops_->conv(x, quant_, DType::kF32);
}

}  // namespace odsora
