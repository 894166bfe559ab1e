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
};

using Kind = VaeTemporalRecipe::Kind;

// The resnets `list`.0, `list`.1, …, the first of which changes the channels.
void add_resnets(std::vector<VaeTemporalRecipe>& recipes, const std::string& list, int count, const ConvShape& shape) {
  for (int i = 0; i < count; ++i) {
    recipes.push_back(
        {Kind::kResnet, list + "." + std::to_string(i), i == 0 ? shape.inputs : shape.outputs, shape.outputs});
  }
}

Tensor run_entry(Ops& ops, const VaeTemporalPiece& piece, Tensor x) {
  for (const Conv& conv : piece.entry) x = ops.conv(x, conv, kResidual);
  return x;
}

Tensor run_exit(Ops& ops, const VaeTemporalPiece& piece, Tensor x) {
  if (piece.norm_out) x = ops.group_norm(x, *piece.norm_out, Activation::kSilu, DType::kF32);
  for (const Conv& conv : piece.exit) x = ops.conv(x, conv, DType::kF32);
  return x;
}

}  // namespace

VaeTemporalDecoder::VaeTemporalDecoder(const VaeTemporalConfig& config) : config_(config) {
  const int resnets = config.resnets_per_level;
  int64_t channels = config.level_channels(config.levels() - 1);
  recipes_.push_back({Kind::kEntry, "conv1", config.latent_channels, channels});
  add_resnets(recipes_, "res_blocks", resnets, {.inputs = channels, .outputs = channels});
  for (int level = config.levels() - 1; level >= 0; --level) {
    const int64_t outputs = config.level_channels(level);
    add_resnets(recipes_, "block_res_blocks." + std::to_string(level), resnets,
                {.inputs = channels, .outputs = outputs});
    channels = outputs;
    if (level > 0 && config.downsample[static_cast<size_t>(level - 1)]) {
      recipes_.push_back({Kind::kResample, "conv_blocks." + std::to_string(level - 1), channels, 2 * channels});
    }
  }
  recipes_.push_back({Kind::kExit, "conv_out", channels, config.in_out_channels});
}

VaeTemporalPiece VaeTemporalDecoder::bind(const BindTarget& target, const WeightScope& scope, int index) const {
  const Binder bind{target, config_, target.ops.compute_type()};
  const VaeTemporalRecipe& recipe = recipes_.at(static_cast<size_t>(index));
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
    case Kind::kResample: piece.to_frames = bind.conv(decoder / recipe.name, shape, kSame); break;
    case Kind::kExit:
      piece.norm_out = bind.norm(decoder / "norm1", recipe.inputs);
      piece.exit.push_back(bind.border_conv(decoder / recipe.name, shape, kSame));
      break;
  }
  return piece;
}

Tensor VaeTemporalDecoder::run(Ops& ops, const VaeTemporalPiece& piece, Tensor x) {
  x = run_entry(ops, piece, std::move(x));
  if (piece.resnet) x = run_resnet(ops, *piece.resnet, std::move(x));
  if (piece.to_frames) {
    x = ops.depth_to_time(ops.conv(ops.convert(x, piece.to_frames->type), *piece.to_frames, kResidual));
  }
  return run_exit(ops, piece, std::move(x));
}

VaeTemporalEncoder::VaeTemporalEncoder(const VaeTemporalConfig& config) : config_(config) {
  const int resnets = config.resnets_per_level;
  int64_t channels = config.level_channels(0);
  recipes_.push_back({Kind::kEntry, "conv_in", config.in_out_channels, channels});
  for (int level = 0; level < config.levels(); ++level) {
    const int64_t outputs = config.level_channels(level);
    add_resnets(recipes_, "block_res_blocks." + std::to_string(level), resnets,
                {.inputs = channels, .outputs = outputs});
    channels = outputs;
    if (level + 1 < config.levels() && config.downsample[static_cast<size_t>(level)]) {
      recipes_.push_back({Kind::kResample, "conv_blocks." + std::to_string(level), channels, channels});
    }
  }
  add_resnets(recipes_, "res_blocks", resnets, {.inputs = channels, .outputs = channels});
  recipes_.push_back({Kind::kExit, "conv2", channels, 2 * config.latent_channels});
}

VaeTemporalPiece VaeTemporalEncoder::bind(const BindTarget& target, const WeightScope& scope, int index) const {
  const Binder bind{target, config_, kEncoderType};
  const VaeTemporalRecipe& recipe = recipes_.at(static_cast<size_t>(index));
  const WeightScope encoder = scope / "encoder";
  const ConvShape shape = {.inputs = recipe.inputs, .outputs = recipe.outputs};
  VaeTemporalPiece piece;
  switch (recipe.kind) {
    case Kind::kEntry:
      piece.entry.push_back(bind.border_conv(
          encoder / recipe.name, {.inputs = recipe.inputs, .outputs = recipe.outputs, .bias = Bias::kNone}, kSame));
      break;
    case Kind::kResnet: piece.resnet = bind.resnet(encoder / recipe.name, recipe.inputs, recipe.outputs); break;
    case Kind::kResample: piece.halve_time = bind.conv(encoder / recipe.name, shape, kHalveTime); break;
    case Kind::kExit:
      piece.norm_out = bind.norm(encoder / "norm1", recipe.inputs);
      piece.exit.push_back(bind.border_conv(encoder / recipe.name, shape, kPointwise));
      piece.exit.push_back(bind.border_conv(
          scope / "quant_conv", {.inputs = recipe.outputs, .outputs = 2 * config_.embed_channels}, kPointwise));
      break;
  }
  return piece;
}

Tensor VaeTemporalEncoder::run(Ops& ops, const VaeTemporalPiece& piece, Tensor x) {
  x = run_entry(ops, piece, std::move(x));
  if (piece.resnet) x = run_resnet(ops, *piece.resnet, std::move(x));
  if (piece.halve_time) x = ops.conv(ops.convert(x, piece.halve_time->type), *piece.halve_time, kResidual);
  return run_exit(ops, piece, std::move(x));
}

}  // namespace odsora
