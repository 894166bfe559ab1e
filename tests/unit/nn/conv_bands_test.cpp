#include "nn/conv_bands.h"

#include "nn/conv_resnet.h"
#include "unit/cpu/cpu_fixture.h"

namespace odsora {
namespace {

using namespace test;

const ConvWindow kSame = {.kernel = {3, 3}, .stride = {1, 1}, .pad_before = {1, 1}, .pad_after = {1, 1}};
const ConvWindow kHalve = {.kernel = {3, 3}, .stride = {2, 2}, .pad_before = {0, 0}, .pad_after = {1, 1}};
const ConvWindow kPointwise = {.kernel = {1, 1}, .stride = {1, 1}, .pad_before = {0, 0}, .pad_after = {0, 0}};
const ConvWindow kCausal = {.kernel = {3, 3, 3}, .stride = {1, 1, 1}, .pad_before = {2, 1, 1}, .pad_after = {0, 1, 1}};

constexpr int64_t kWhole = int64_t{1} << 40;

TEST(CutBands, GivesEveryRowWhatItsWindowSees) {
  const std::vector<RowBand> bands = cut_bands(kSame, 7, 3);
  ASSERT_EQ(bands.size(), 3U);
  EXPECT_EQ(bands[0].padding.above, 1);
  EXPECT_EQ(bands[0].padding.below, 0);
  EXPECT_EQ(bands[0].input_count, 4);
  EXPECT_EQ(bands[1].input_first, 2);
  EXPECT_EQ(bands[1].input_count, 5);
  EXPECT_EQ(bands[2].count, 1);
  EXPECT_EQ(bands[2].input_count, 2);
  EXPECT_EQ(bands[2].padding.above, 0);
  EXPECT_EQ(bands[2].padding.below, 1);
}

TEST(CutBands, CoversTheResultForEveryWindowAndHeight) {
  for (const ConvWindow& window : {kSame, kHalve, kPointwise}) {
    for (int64_t height = 2; height < 20; ++height) {
      for (int64_t rows = 1; rows < 12; ++rows) {
        int64_t next = 0;
        for (const RowBand& band : cut_bands(window, height, rows)) {
          EXPECT_EQ(band.first, next);
          EXPECT_LE(band.count, rows);
          EXPECT_EQ(band.input_first - band.padding.above, band.first * window.stride[0] - window.pad_before[0]);
          EXPECT_LE(band.input_first + band.input_count, height);
          EXPECT_EQ(band.padding.above + band.input_count + band.padding.below,
                    (band.count - 1) * window.stride[0] + window.kernel[0]);
          next += band.count;
        }
        EXPECT_EQ(next, window.extent_after(0, height));
      }
    }
  }
}

class ConvBandsTest : public CpuOpsTest {
 protected:
  Conv make_conv(int64_t inputs, int64_t outputs, const ConvWindow& window, DType type, uint32_t seed) {
    Shape weight = {outputs, inputs};
    weight.insert(weight.end(), window.kernel.begin(), window.kernel.end());
    Conv conv;
    conv.window = window;
    conv.type = type;
    conv.weight = ops_->pack_conv(as_array(random_tensor(weight, seed, 0.1F)), window, type, weight_memory());
    conv.bias = ops_->upload(random_tensor({outputs}, seed + 1), DType::kF32);
    conv.inputs = inputs;
    conv.outputs = outputs;
    return conv;
  }

  GroupNorm make_norm(int64_t channels, int64_t groups, uint32_t seed) {
    return {.weight = ops_->upload(random_tensor({channels}, seed), DType::kF32),
            .bias = ops_->upload(random_tensor({channels}, seed + 1), DType::kF32),
            .groups = groups};
  }

  void SetUp() override {
    CpuOpsTest::SetUp();
    if (!IsSkipped()) ops_ = make_ops();
  }

  std::unique_ptr<Ops> ops_;
};
ODSORA_BOTH_TYPES(ConvBandsTest);

struct Case {
  Shape x;
  int64_t groups;
  int64_t outputs;
};

std::vector<Case> cases() {
  return {{{1, 7, 5, 3}, 1, 3},     {{2, 9, 11, 3}, 3, 16},      {{1, 13, 10, 16}, 4, 3},   {{3, 8, 7, 24}, 8, 20},
          {{1, 31, 33, 32}, 32, 7}, {{2, 17, 19, 48}, 16, 64},   {{1, 45, 29, 64}, 32, 64}, {{1, 2, 3, 8}, 2, 8},
          {{1, 70, 66, 40}, 8, 24}, {{1, 37, 130, 64}, 32, 128}, {{1, 1, 9, 16}, 4, 16}};
}

/// Of one row, of an odd number of rows, and of several.
std::vector<int64_t> band_sizes(const Case& of) {
  const int64_t row = of.x[2] * std::max(of.x[3], of.outputs) * static_cast<int64_t>(sizeof(float));
  return {1, 3 * row, 8 * row};
}

void expect_same_bytes(const Tensor& actual, const Tensor& expected) {
  ASSERT_EQ(actual.shape(), expected.shape());
  ASSERT_EQ(actual.dtype(), expected.dtype());
  const size_t size = static_cast<size_t>(actual.count()) * size_of(actual.dtype());
  EXPECT_EQ(std::memcmp(actual.bytes(), expected.bytes(), size), 0);
}

TEST_P(ConvBandsTest, ConvGivesTheBytesOfTheWhole) {
  for (const Case& of : cases()) {
    for (const ConvWindow& window : {kSame, kHalve, kPointwise}) {
      if (of.x[1] < 2 && window.stride[0] > 1) continue;
      for (const DType type : {DType::kF32, GetParam()}) {
        const Conv conv = make_conv(of.x[3], of.outputs, window, type, 2);
        const Tensor x = ops_->upload(random_tensor(of.x, 1), GetParam());
        for (const DType result : {DType::kF32, GetParam()}) {
          const Tensor whole = ops_->conv(ops_->convert(x, type), conv, result);
          for (const int64_t size : band_sizes(of)) {
            SCOPED_TRACE(to_string(of.x) + " in bands of " + std::to_string(size));
            expect_same_bytes(ConvBands(*ops_, size).conv(x, conv, result), whole);
          }
        }
      }
    }
  }
}

TEST_P(ConvBandsTest, NormConvGivesTheBytesOfTheWhole) {
  for (const Case& of : cases()) {
    for (const DType stream : {DType::kF32, GetParam()}) {
      const Tensor x = ops_->upload(random_tensor(of.x, 1), stream);
      const GroupNorm norm = make_norm(of.x[3], of.groups, 2);
      const Conv conv = make_conv(of.x[3], of.outputs, kSame, GetParam(), 4);
      const Tensor whole = ops_->conv(ops_->group_norm(x, norm, Activation::kSilu, GetParam()), conv, GetParam());
      Tensor whole_sum = ops_->upload(random_tensor(whole.shape(), 6), stream);
      ops_->add(whole_sum, whole);
      for (const int64_t size : band_sizes(of)) {
        SCOPED_TRACE(to_string(of.x) + " in bands of " + std::to_string(size));
        const ConvBands bands(*ops_, size);
        expect_same_bytes(bands.norm_conv(x, norm, conv, GetParam()), whole);
        Tensor sum = ops_->upload(random_tensor(whole.shape(), 6), stream);
        bands.add_norm_conv(sum, x, norm, conv);
        expect_same_bytes(sum, whole_sum);
      }
    }
  }
}

TEST_P(ConvBandsTest, UpsampleConvGivesTheBytesOfTheWhole) {
  for (const Case& of : cases()) {
    const Tensor x = ops_->upload(random_tensor(of.x, 1), GetParam());
    const UpsampleConv conv =
        make_upsample_conv({*ops_, weight_memory()}, as_array(random_tensor({of.outputs, of.x[3], 3, 3}, 2, 0.1F)),
                           random_tensor({of.outputs}, 3), GetParam());
    for (const DType result : {DType::kF32, GetParam()}) {
      const Tensor whole = ConvBands(*ops_, kWhole).upsample_conv(x, conv, result);
      for (const int64_t size : band_sizes(of)) {
        SCOPED_TRACE(to_string(of.x) + " in bands of " + std::to_string(size));
        expect_same_bytes(ConvBands(*ops_, size).upsample_conv(x, conv, result), whole);
      }
    }
  }
}

TEST_P(ConvBandsTest, ResnetsGiveTheBytesOfTheWhole) {
  for (const Case& of : cases()) {
    const int64_t inputs = of.x[3];
    const int64_t groups = of.outputs % of.groups == 0 ? of.groups : 1;
    ConvResnet resnet = {.norm1 = make_norm(inputs, of.groups, 2),
                         .conv1 = make_conv(inputs, of.outputs, kSame, GetParam(), 4),
                         .norm2 = make_norm(of.outputs, groups, 6),
                         .conv2 = make_conv(of.outputs, of.outputs, kSame, GetParam(), 8),
                         .shortcut = std::nullopt};
    if (inputs != of.outputs) resnet.shortcut = make_conv(inputs, of.outputs, kPointwise, GetParam(), 10);
    for (const DType stream : {DType::kF32, GetParam()}) {
      const HostTensor x = random_tensor(of.x, 1);
      const Tensor whole = run_resnet(*ops_, resnet, ops_->upload(x, stream), kWhole);
      for (const int64_t size : band_sizes(of)) {
        SCOPED_TRACE(to_string(of.x) + " in bands of " + std::to_string(size));
        expect_same_bytes(run_resnet(*ops_, resnet, ops_->upload(x, stream), size), whole);
      }
    }
  }
}

TEST_P(ConvBandsTest, VideosAreNotCut) {
  const Conv conv = make_conv(16, 16, kCausal, GetParam(), 2);
  const GroupNorm norm = make_norm(16, 4, 4);
  const Tensor x = ops_->upload(random_tensor({1, 4, 9, 7, 16}, 1), GetParam());
  const Tensor whole = ops_->conv(ops_->group_norm(x, norm, Activation::kSilu, GetParam()), conv, GetParam());
  expect_same_bytes(ConvBands(*ops_, 1).norm_conv(x, norm, conv, GetParam()), whole);
}

TEST_P(ConvBandsTest, ResnetsHoldOnePictureBesideTheirStream) {
  const Shape shape = {1, 96, 64, 32};
  const ConvResnet resnet = {.norm1 = make_norm(32, 8, 2),
                             .conv1 = make_conv(32, 32, kSame, GetParam(), 4),
                             .norm2 = make_norm(32, 8, 6),
                             .conv2 = make_conv(32, 32, kSame, GetParam(), 8),
                             .shortcut = std::nullopt};
  const auto picture = static_cast<Bytes>(element_count(shape)) * size_of(GetParam());
  Tensor x = ops_->upload(random_tensor(shape, 1), GetParam());
  ASSERT_LE(workspace_.peak_bytes(), picture + picture / 10);
  x = run_resnet(*ops_, resnet, std::move(x), static_cast<int64_t>(picture / 16));
  EXPECT_LE(workspace_.peak_bytes(), 2 * picture + picture / 2);
}

}  // namespace
}  // namespace odsora
