#include "cpu/primitive_log.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <set>

#include "models/stdit3.h"
#include "models/t5_encoder.h"
#include "models/video_vae.h"
#include "tools/synthesize_likeness.h"
#include "unit/cpu/cpu_fixture.h"
#include "weights/tensor_recorder.h"

namespace odsora {
namespace {

using namespace test;
using Kind = dnnl::primitive::kind;

// Convolutions from or to latents and pixels are soon done with any kernel.
constexpr int64_t kMostBorderChannels = 4;

bool is_border(const LoggedPrimitive& primitive) {
  return primitive.kind == Kind::convolution &&
         std::min(primitive.source.shape.at(1), primitive.result.shape.at(1)) <= kMostBorderChannels;
}

void expect_fast(const PrimitiveLog& log) {
  std::set<std::string> slow;
  for (const LoggedPrimitive& primitive : log.primitives()) {
    if (!is_border(primitive) && !is_fast(primitive.kind, primitive.implementation)) slow.insert(to_string(primitive));
  }
  EXPECT_THAT(log.primitives(), testing::Not(testing::IsEmpty()));
  EXPECT_THAT(slow, testing::IsEmpty());
}

TEST(PrimitiveLog, KnowsTheNamesOfSlowImplementations) {
  EXPECT_FALSE(is_fast(Kind::matmul, "ref:any"));
  EXPECT_FALSE(is_fast(Kind::matmul, "gemm:ref"));
  EXPECT_FALSE(is_fast(Kind::convolution, "gemm:jit"));
  EXPECT_TRUE(is_fast(Kind::matmul, "gemm:jit"));
  EXPECT_TRUE(is_fast(Kind::matmul, "brg:avx512_core"));
  EXPECT_TRUE(is_fast(Kind::convolution, "jit:avx2"));
}

TEST(PrimitiveLog, HoldsEachPrimitiveOnceWithItsOperands) {
  Workspace workspace;
  PrimitiveLog log;
  const auto ops = make_cpu_ops({.threads = 1, .workspace = workspace, .log = &log});
  Linear linear;
  linear.weight = ops->pack_linear(as_array(random_tensor({64, 32}, 1)), DType::kF32, weight_memory());
  linear.inputs = 32;
  linear.outputs = 64;
  const Tensor x = ops->upload(random_tensor({5, 32}, 2), DType::kF32);
  for (int i = 0; i < 2; ++i) ops->linear(x, linear, DType::kF32, Activation::kNone);
  const std::vector<LoggedPrimitive> primitives = log.primitives();
  ASSERT_EQ(primitives.size(), 2U);
  EXPECT_THAT(to_string(primitives[0]), testing::StartsWith("reorder F32 [32, 64] to F32 [32, 64]: "));
  EXPECT_THAT(to_string(primitives[1]), testing::StartsWith("matmul F32 [5, 32] x F32 [32, 64] to F32 [5, 64]: "));
}

/// The published models at their published sizes, run dry: every primitive is made, nothing is computed.
class HotPrimitives : public CpuOpsTest {
 protected:
  /// with(root, host) runs a model.
  template <typename Run>
  void run_dry(const Run& run) {
    const auto ops = make_cpu_ops(
        {.compute_type = GetParam(), .threads = 2, .workspace = workspace_, .dry_run = true, .log = &log_});
    const TensorRecorder checkpoint;
    WeightCount weights;
    BlockMeasure measure;
    run(WeightScope(checkpoint), ModelHost{*ops, weights, &measure});
  }

  const ModelLikeness model_ = open_sora_likeness("no tokenizer is needed");
  PrimitiveLog log_;
};

TEST_P(HotPrimitives, OfTheTextEncoderAreFast) {
  const T5Config config = T5Config::read(model_.text_encoder.parse());
  run_dry([&](const WeightScope& root, const ModelHost& host) {
    T5Encoder encoder(root, config, host);
    for (const size_t tokens : {60U, 300U}) encoder.encode(std::vector<int32_t>(tokens, 0));
  });
  expect_fast(log_);
}

TEST_P(HotPrimitives, OfTheDenoiserAreFast) {
  const StDit3Config config = StDit3Config::read(model_.transformer.parse());
  run_dry([&](const WeightScope& root, const ModelHost& host) {
    StDit3 denoiser(root, config, host);
    const std::vector<float> two(2, 0.0F);
    for (const int64_t text_tokens : {60, 300}) {
      const std::vector<HostTensor> texts(2, HostTensor({text_tokens, config.caption_channels}));
      TextCondition condition = denoiser.prepare_text(texts);
      for (const int64_t side : {24, 32}) {  // 144 and 256 patches
        const HostTensor latent({2, config.in_channels, 20, side, side});
        denoiser.forward({.latent = latent, .timesteps = two, .fps = two, .text = condition});
      }
    }
  });
  expect_fast(log_);
}

TEST_P(HotPrimitives, OfTheVideoDecoderAreFast) {
  const VideoVaeConfig config = VideoVaeConfig::read(model_.vae.parse());
  run_dry([&](const WeightScope& root, const ModelHost& host) {
    VideoVaeDecoder decoder(root, config, host);
    decoder.decode(HostTensor({config.temporal.embed_channels, 5, 24, 24}), 17, [](const HostTensor&) {});
  });
  expect_fast(log_);
}

TEST_P(HotPrimitives, OfTheVideoEncoderAreFast) {
  const VideoVaeConfig config = VideoVaeConfig::read(model_.vae.parse());
  run_dry([&](const WeightScope& root, const ModelHost& host) {
    VideoVaeEncoder encoder(root, config, host);
    for (const int64_t frames : {1, 17}) encoder.encode(HostTensor({frames, 192, 192, 3}));
  });
  expect_fast(log_);
}

TEST_P(HotPrimitives, ThatPackWeightsAreFast) {
  const auto ops = make_cpu_ops({.compute_type = GetParam(), .threads = 2, .workspace = workspace_, .log = &log_});
  for (const DType stored : {DType::kF32, DType::kBF16}) {
    for (const Shape& shape : {Shape{3456, 1152}, Shape{4608, 1152}, Shape{1152, 4608}, Shape{4096, 4096}}) {
      GrowingWeightMemory memory;
      ops->pack_linear(HostArray(stored, shape), GetParam(), memory);
    }
    GrowingWeightMemory memory;
    ops->pack_conv(HostArray(stored, {512, 512, 3, 3}), {{3, 3}, {1, 1}, {1, 1}, {1, 1}}, GetParam(), memory);
    ops->pack_conv(HostArray(stored, {128, 256, 1, 1}), {{1, 1}, {1, 1}, {0, 0}, {0, 0}}, GetParam(), memory);
    ops->pack_conv(HostArray(stored, {256, 256, 3, 3, 3}), {{3, 3, 3}, {1, 1, 1}, {2, 1, 1}, {0, 1, 1}}, GetParam(),
                   memory);
  }
  expect_fast(log_);
}

ODSORA_BOTH_TYPES(HotPrimitives);

}  // namespace
}  // namespace odsora
