#include "models/vae_temporal.h"

#include <utility>

namespace odsora {
namespace {

constexpr float kNormEpsilon = 1e-5F;

// Latents are small, so the residual stream can afford f32.
constexpr DType kResidual = DType::kF32;

// The encoder works on given pictures only, before any long work, and it magnifies errors: in bf16 it would miss the
// golden data's limit, so its products are f32 always.
constexpr DType kEncoderType = DType::kF32;

// Causal: what a kernel needs of the past is zeros in front of the first frame, nothing is added behind the last.
ConvWindow causal_window(int64_t kernel, int64_t time_stride) {
  const int64_t side = kernel / 2;
  return {.kernel = {kernel, kernel, kernel},
          .stride = {time_stride, 1, 1},
          .pad_before = {kernel - time_stride, side, side},
          .pad_after = {0, side, side}};
}

const ConvWindow kPointwise = causal_window(1, 1);
const ConvWindow kSame = causal_window(3, 1);
const ConvWindow kHalveTime = causal_window(3, 2);

// What the bind functions below share. A causal convolution's weights are one step down, in "conv".
struct Binder {
  const BindTarget& target;
  const VaeTemporalConfig& config;
  DType type;  // of the products

  GroupNorm norm(const WeightScope& scope, int64_t channels) const {
    return bind_group_norm(target, scope,
                           {.channels = channels, .groups = config.norm_groups, .epsilon = kNormEpsilon});
  }

  Conv conv(const WeightScope& scope, const ConvShape& shape, const ConvWindow& window) const {
    return bind_conv(target, scope / "conv", shape, window, type);
  }

  // At the border of the network, where channels are few: f32 costs no time there.
  Conv border_conv(const WeightScope& scope, const ConvShape& shape, const ConvWindow& window) const {
    return bind_conv(target, scope / "conv", shape, window, DType::kF32);
  }

  ConvResnet resnet(const WeightScope& scope, int64_t inputs, int64_t outputs) const {
    const ConvShape in = {.inputs = inputs, .outputs = outputs, .bias = Bias::kNone};
    const ConvShape out = {.inputs = outputs, .outputs = outputs, .bias = Bias::kNone};
    ConvResnet resnet = {.norm1 = norm(scope / "norm1", inputs),
                         .conv1 = conv(scope / "conv1", in, kSame),
                         .norm2 = norm(scope / "norm2", outputs),
                         .conv2 = conv(scope / "conv2", out, kSame),
                         .shortcut = std::nullopt};
    if (inputs != outputs) resnet.shortcut = conv(scope / "conv3", in, kPointwise);
    return resnet;
  }

  std::vector<ConvResnet> resnets(const WeightScope& list, int64_t inputs, int64_t outputs) const {
    std::vector<ConvResnet> result;
    for (int i = 0; i < config.resnets_per_level; ++i) {
      result.push_back(resnet(list / i, i == 0 ? inputs : outputs, outputs));
    }
    return result;
  }
};

}  // namespace

VaeTemporalDecoder::VaeTemporalDecoder(const VaeTemporalConfig& config) : config_(config) {
  int64_t channels = config.level_channels(config.levels() - 1);
  const auto add_resnets = [&](const std::string& list, int64_t outputs) {
    for (int i = 0; i < config.resnets_per_level; ++i) {
      recipes_.push_back({Kind::kResnet, list + "." + std::to_string(i), i == 0 ? channels : outputs, outputs});
    }
    channels = outputs;
  };
  recipes_.push_back({Kind::kEntry, "conv1", config.latent_channels, channels});
  add_resnets("res_blocks", channels);
  for (int level = config.levels() - 1; level >= 0; --level) {
    add_resnets("block_res_blocks." + std::to_string(level), config.level_channels(level));
    if (level > 0 && config.downsample[static_cast<size_t>(level - 1)]) {
      recipes_.push_back({Kind::kToFrames, "conv_blocks." + std::to_string(level - 1), channels, 2 * channels});
    }
  }
  recipes_.push_back({Kind::kExit, "conv_out", channels, config.in_out_channels});
}

VaeTemporalPiece VaeTemporalDecoder::bind(const BindTarget& target, const WeightScope& scope, int index) const {
  const Binder bind{target, config_, target.ops.compute_type()};
  const Recipe& recipe = recipes_.at(static_cast<size_t>(index));
  const WeightScope decoder = scope / "decoder";
  const ConvShape shape = {.inputs = recipe.inputs, .outputs = recipe.outputs};
  VaeTemporalPiece piece;
  switch (recipe.kind) {
    case Kind::kEntry:
      piece.entry.push_back(bind.border_conv(scope / "post_quant_conv",
                                             {.inputs = config_.embed_channels, .outputs = config_.latent_channels},
                                             kPointwise));
      piece.entry.push_back(bind.border_conv(decoder / recipe.name, shape, kSame));
      break;
    case Kind::kResnet: piece.resnet = bind.resnet(decoder / recipe.name, recipe.inputs, recipe.outputs); break;
    case Kind::kToFrames: piece.to_frames = bind.conv(decoder / recipe.name, shape, kSame); break;
    case Kind::kExit:
      piece.norm_out = bind.norm(decoder / "norm1", recipe.inputs);
      piece.conv_out = bind.border_conv(decoder / recipe.name, shape, kSame);
      break;
  }
  return piece;
}

Tensor VaeTemporalDecoder::run(Ops& ops, const VaeTemporalPiece& piece, Tensor x) {
  for (const Conv& conv : piece.entry) x = ops.conv(x, conv, kResidual);
  if (piece.resnet) x = run_resnet(ops, *piece.resnet, std::move(x));
  if (piece.to_frames) {
    x = ops.depth_to_time(ops.conv(ops.convert(x, piece.to_frames->type), *piece.to_frames, kResidual));
  }
  if (piece.norm_out) {
    x = ops.conv(ops.group_norm(x, *piece.norm_out, Activation::kSilu, DType::kF32), *piece.conv_out, DType::kF32);
  }
  return x;
}

VaeTemporalEncoder::VaeTemporalEncoder(const BindTarget& target, const WeightScope& scope,
                                       const VaeTemporalConfig& config)
    : ops_(target.ops) {
  const Binder bind{target, config, kEncoderType};
  const WeightScope encoder = scope / "encoder";
  int64_t channels = config.level_channels(0);
  conv_in_ = bind.border_conv(encoder / "conv_in",
                              {.inputs = config.in_out_channels, .outputs = channels, .bias = Bias::kNone}, kSame);
  for (int i = 0; i < config.levels(); ++i) {
    const int64_t outputs = config.level_channels(i);
    VaeTemporalLevel level;
    level.resnets = bind.resnets(encoder / "block_res_blocks" / i, channels, outputs);
    if (i + 1 < config.levels() && config.downsample[static_cast<size_t>(i)]) {
      level.resample = bind.conv(encoder / "conv_blocks" / i, {.inputs = outputs, .outputs = outputs}, kHalveTime);
    }
    levels_.push_back(std::move(level));
    channels = outputs;
  }
  resnets_ = bind.resnets(encoder / "res_blocks", channels, channels);
  norm_out_ = bind.norm(encoder / "norm1", channels);
  conv_out_ =
      bind.border_conv(encoder / "conv2", {.inputs = channels, .outputs = 2 * config.latent_channels}, kPointwise);
  quant_ = bind.border_conv(scope / "quant_conv",
                            {.inputs = 2 * config.latent_channels, .outputs = 2 * config.embed_channels}, kPointwise);
}

Tensor VaeTemporalEncoder::encode(const Tensor& frames) const {
  const DType type = kEncoderType;
  Tensor x = ops_.conv(frames, conv_in_, kResidual);
  for (const VaeTemporalLevel& level : levels_) {
    for (const ConvResnet& resnet : level.resnets) x = run_resnet(ops_, resnet, std::move(x));
    if (level.resample) x = ops_.conv(ops_.convert(x, type), *level.resample, kResidual);
  }
  for (const ConvResnet& resnet : resnets_) x = run_resnet(ops_, resnet, std::move(x));
  x = ops_.conv(ops_.group_norm(x, norm_out_, Activation::kSilu, DType::kF32), conv_out_, DType::kF32);
  return ops_.conv(x, quant_, DType::kF32);
}

}  // namespace odsora
