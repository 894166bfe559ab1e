// Parts of models, with the sizes of the published ones and synthetic weights.
#include <memory>
#include <numeric>
#include <vector>

#include "models/multiply_adds.h"
#include "models/stdit3_block.h"
#include "models/t5_block.h"
#include "models/video_vae.h"
#include "nn/position.h"
#include "tools/bench_case.h"
#include "tools/bench_inputs.h"
#include "tools/synthesize_likeness.h"
#include "tools/synthetic_tensors.h"

namespace odsora {
namespace {

const ModelLikeness& published() {
  static const ModelLikeness likeness = open_sora_likeness({});
  return likeness;
}

/// A spatial and a temporal block of STDiT3-XL/2 as one guided evaluation runs them: two batch items, one with the
/// prompt and one without, of as many text tokens.
class BlockPair {
 public:
  BlockPair(Ops& ops, const BenchSizes& sizes, bool merged)
      : ops_(ops),
        config_(StDit3Config::read(published().transformer.parse())),
        weights_([this](const TensorInfo& tensor) { return transformer_distribution(tensor, config_); }),
        x_(random_input(ops, DType::kF32, {sizes[0], sizes[1], sizes[2], config_.hidden_size})),
        time_(random_input(ops, DType::kF32, {sizes[0], 6, config_.hidden_size})) {
    const WeightScope root(weights_);
    const BindTarget target = {ops, memory_};
    spatial_ = StDit3Block::bind(target, root / "spatial_blocks" / 0, config_);
    temporal_ = StDit3Block::bind(target, root / "temporal_blocks" / 0, config_);
    for (int64_t item = 0; item < sizes[0]; ++item) {
      row_of_frame_.insert(row_of_frame_.end(), static_cast<size_t>(sizes[1]), static_cast<int32_t>(item));
    }
    std::vector<float> positions(static_cast<size_t>(sizes[1]));
    std::iota(positions.begin(), positions.end(), 0.0F);
    if (merged) {
      merge_ = merge_pairs(static_cast<int>(sizes[0]), static_cast<int>(sizes[1]), TokenMerging::Rule::kMean);
      positions = merge_->positions;
    }
    rotation_ = ops.upload(rotation_table(positions, rotary_frequencies(config_.head_size())), DType::kF32);
    text_.groups.push_back(
        {0, sizes[0], random_input(ops, ops.compute_type(), {sizes[0], 1, sizes[3], config_.hidden_size})});
    text_.keys_values.resize(2);
  }

  void run() {
    run(spatial_, 2, 0);
    run(temporal_, 1, 1);
  }

  double flops(const BenchSizes& sizes) const {
    const ClipSize clip = {
        .frames = 0, .latent_frames = sizes[1], .latent_height = config_.patch.height, .latent_width = sizes[2] * 2};
    StDit3Config one_pair = config_;
    one_pair.depth = 1;
    const double of_two = 2 * stdit3_multiply_adds(one_pair, clip, sizes[3], merge_ ? 1 : 0);
    return of_two / 2 * static_cast<double>(sizes[0]);
  }

 private:
  void run(const StDit3Block& block, int token_axis, int index) {
    run_block(ops_, block,
              {.config = config_,
               .time = time_,
               .row_of_frame = row_of_frame_,
               .token_axis = token_axis,
               .rotation = token_axis == 1 ? &rotation_ : nullptr,
               .merge = merge_ ? &*merge_ : nullptr,
               .text = text_,
               .index = index,
               .probe = {}},
              x_);
  }

  Ops& ops_;
  StDit3Config config_;
  SyntheticTensors weights_;
  GrowingWeightMemory memory_;
  StDit3Block spatial_, temporal_;
  Tensor x_, time_, rotation_;
  std::vector<int32_t> row_of_frame_;
  std::optional<TokenMerge> merge_;
  TextCondition text_;
};

BenchReady block_pair(Ops& ops, const BenchSizes& sizes, bool merged) {
  auto pair = std::make_unique<BlockPair>(ops, sizes, merged);
  const double flops = pair->flops(sizes);
  return ready({.flops = flops}, [pair = std::move(pair)] { pair->run(); });
}
BenchReady plain_pair(Ops& ops, const BenchSizes& sizes) { return block_pair(ops, sizes, false); }
BenchReady merged_pair(Ops& ops, const BenchSizes& sizes) { return block_pair(ops, sizes, true); }

BenchReady t5_block(Ops& ops, const BenchSizes& sizes) {
  const T5Config config = T5Config::read(published().text_encoder.parse());
  const SyntheticTensors weights([&](const TensorInfo& tensor) { return text_encoder_distribution(tensor, config); });
  auto memory = std::make_unique<GrowingWeightMemory>();
  T5Block block = T5Block::bind({ops, *memory}, WeightScope(weights) / "encoder" / "block" / 0, config);
  const int64_t tokens = sizes[0];
  const auto per_token =
      static_cast<double>(4 * config.model_size * config.attention_size() +
                          3 * config.model_size * config.feed_forward_size + 2 * tokens * config.attention_size());
  return ready({.flops = 2 * per_token * static_cast<double>(tokens)},
               [&ops, config, memory = std::move(memory), block = std::move(block),
                bias = random_input(ops, DType::kF32, {config.heads, tokens, tokens}),
                states = random_input(ops, DType::kF32, {tokens, config.model_size})]() mutable {
                 run_block(ops, block, config, bias, states);
               });
}

/// The decoder with all its weights in memory.
struct ResidentDecoder {
  VideoVaeConfig config = VideoVaeConfig::read(published().vae.parse());
  SyntheticTensors weights{[this](const TensorInfo& tensor) { return vae_distribution(tensor, config); }};
  GrowingWeightMemory memory;
  VideoVaeDecoder decoder;

  explicit ResidentDecoder(Ops& ops) : decoder(WeightScope(weights), config, {ops, memory}) {}
};

BenchReady vae_decode(Ops& ops, const BenchSizes& sizes) {
  auto model = std::make_unique<ResidentDecoder>(ops);
  const int64_t factor = model->config.space_factor();
  const ClipSize clip = {.frames = sizes[0],
                         .latent_frames = model->config.latent_frames(sizes[0]),
                         .latent_height = (sizes[1] + factor - 1) / factor,
                         .latent_width = (sizes[2] + factor - 1) / factor};
  HostTensor latent =
      random_values({model->config.temporal.embed_channels, clip.latent_frames, clip.latent_height, clip.latent_width});
  const double flops = 2 * vae_decode_multiply_adds(model->config, clip);
  return ready({.flops = flops}, [model = std::move(model), latent = std::move(latent), frames = sizes[0]] {
    model->decoder.decode(latent, frames, [](const HostTensor&) {});
  });
}

constexpr BenchKind kKinds[] = {
    {"stdit3.pair", "BxTxS+Y", "a spatial and a temporal block of STDiT3-XL/2, Y text tokens", plain_pair},
    {"stdit3.merged_pair", "BxTxS+Y", "the same with pairs of frames merged (TDTM)", merged_pair},
    {"t5.block", "N", "a block of T5-XXL, N tokens", t5_block},
    {"vae.decode", "NxHxW", "decoding N frames of HxW pixels", vae_decode},
};

}  // namespace

std::span<const BenchKind> stage_kinds() { return kKinds; }

}  // namespace odsora
