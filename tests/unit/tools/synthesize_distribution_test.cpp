#include "tools/synthesize_distribution.h"

#include <gtest/gtest.h>

#include <cmath>

#include "support/expect_error.h"

namespace odsora {
namespace {

TensorInfo tensor(const std::string& name, Shape shape) {
  return {.name = name, .dtype = DType::kF32, .shape = std::move(shape), .offset = 0, .byte_count = 0};
}

void expect_distribution(const Distribution& distribution, float mean, float deviation) {
  EXPECT_FLOAT_EQ(distribution.mean, mean);
  EXPECT_FLOAT_EQ(distribution.deviation, deviation);
  EXPECT_TRUE(distribution.exact.empty());
}

TEST(SynthesizeDistribution, TextEncoder) {
  T5Config config;
  config.model_size = 100;
  config.head_size = 4;
  const auto of = [&](const char* name, Shape shape) {
    return text_encoder_distribution(tensor(name, std::move(shape)), config);
  };
  expect_distribution(of("shared.weight", {1664, 100}), 0, 1);
  expect_distribution(of("encoder.block.0.layer.0.SelfAttention.q.weight", {80, 100}), 0, 0.05F);
  expect_distribution(of("encoder.block.0.layer.0.SelfAttention.k.weight", {80, 100}), 0, 0.1F);
  expect_distribution(of("encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight", {32, 20}), 0, 0.1F);
  expect_distribution(of("encoder.block.1.layer.1.DenseReluDense.wo.weight", {100, 400}), 0, 0.05F);
  expect_distribution(of("encoder.final_layer_norm.weight", {100}), 1, 0.02F);
}

TEST(SynthesizeDistribution, Transformer) {
  StDit3Config config;
  config.hidden_size = 64;
  config.heads = 16;
  const auto of = [&](const char* name, Shape shape) {
    return transformer_distribution(tensor(name, std::move(shape)), config);
  };
  expect_distribution(of("x_embedder.proj.weight", {64, 4, 1, 2, 2}), 0, 0.25F);
  expect_distribution(of("y_embedder.y_embedding", {300, 4096}), 0, 1);
  expect_distribution(of("spatial_blocks.0.scale_shift_table", {6, 64}), 0, 0.125F);
  expect_distribution(of("spatial_blocks.0.attn.q_norm.weight", {4}), 1, 0);
  expect_distribution(of("spatial_blocks.0.attn.qkv.bias", {192}), 0, 0.02F);
  expect_distribution(of("final_layer.linear.weight", {32, 64}), 0, 0.02F);
  EXPECT_EQ(of("rope.freqs", {2}).exact, (std::vector<float>{1, 0.01F}));
}

TEST(SynthesizeDistribution, Vae) {
  VideoVaeConfig config;
  config.scale = {3.85F, 2.32F, 2.33F, 3.06F};
  config.shift = {-0.1F, 0.34F, 0.27F, 0.98F};
  const auto of = [&](const char* name, Shape shape) {
    return vae_distribution(tensor(name, std::move(shape)), config);
  };
  expect_distribution(of("temporal_vae.decoder.conv_out.conv.weight", {4, 3, 3, 3, 3}), 0, 1 / 9.0F);
  expect_distribution(of("temporal_vae.decoder.norm1.weight", {128}), 1, 0.02F);
  EXPECT_EQ(of("scale", {1, 4, 1, 1, 1}).exact, config.scale);
  EXPECT_EQ(of("shift", {1, 4, 1, 1, 1}).exact, config.shift);
}

TEST(SynthesizeDistribution, ATensorWithoutARuleIsRefused) {
  expect_error(ErrorCode::kInternal, {"novel_table"}, [] { vae_distribution(tensor("novel_table", {4, 4}), {}); });
}

}  // namespace
}  // namespace odsora
