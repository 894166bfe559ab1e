#include "nn/upsample_conv.h"

#include "nn/conv_bands.h"
#include "unit/cpu/cpu_fixture.h"

namespace odsora {
namespace {

using namespace test;

/// x [items, height, width, channels], every value four times.
HostTensor magnify(const HostTensor& x) {
  const int64_t height = 2 * x.dim(1), width = 2 * x.dim(2), channels = x.dim(3);
  HostTensor result({x.dim(0), height, width, channels});
  for (int64_t i = 0; i < result.count(); ++i) {
    const int64_t channel = i % channels, column = i / channels % width, row = i / channels / width;
    result.values[static_cast<size_t>(i)] = x.data()[(row / 2 * x.dim(2) + column / 2) * channels + channel];
  }
  return result;
}

class UpsampleConvTest : public CpuOpsTest {};
ODSORA_BOTH_TYPES(UpsampleConvTest);

TEST_P(UpsampleConvTest, EqualsMagnifyingAndConvolving) {
  const double tolerance = GetParam() == DType::kF32 ? 1e-6 : 6e-3;  // of sums rounded elsewhere
  const std::unique_ptr<Ops> ops = make_ops();
  const ConvWindow same = {.kernel = {3, 3}, .stride = {1, 1}, .pad_before = {1, 1}, .pad_after = {1, 1}};
  for (const Shape& shape : {Shape{1, 1, 1, 8}, {2, 7, 5, 3}, {1, 1, 9, 16}, {3, 8, 1, 24}, {1, 24, 24, 64}}) {
    for (const int64_t outputs : {1, 20, 64}) {
      SCOPED_TRACE(to_string(shape) + " to " + std::to_string(outputs));
      const HostArray weight = as_array(random_tensor({outputs, shape[3], 3, 3}, 2, 0.1F));
      const HostTensor x = random_tensor(shape, 1), bias = random_tensor({outputs}, 3);
      Conv direct;
      direct.weight = ops->pack_conv(weight, same, DType::kF32, weight_memory());
      direct.bias = ops->upload(bias, DType::kF32);
      direct.window = same;
      direct.inputs = shape[3];
      direct.outputs = outputs;
      const HostTensor expected = ops->download(ops->conv(ops->upload(magnify(x), DType::kF32), direct, DType::kF32));
      const UpsampleConv folded = make_upsample_conv({*ops, weight_memory()}, weight, bias, GetParam());
      const Tensor result = ConvBands(*ops).upsample_conv(ops->upload(x, GetParam()), folded, GetParam());
      EXPECT_EQ(result.dtype(), GetParam());
      EXPECT_LE(relative_error(ops->download(result), expected), tolerance);
    }
  }
}

TEST(FoldUpsample, AddsTapsThatMeetTheSameValue) {
  const HostTensor kernel({1, 1, 3, 3}, {1, 2, 4, 8, 16, 32, 64, 128, 256});
  const HostTensor folded = to_f32(fold_upsample(as_array(kernel), DType::kF32));
  EXPECT_EQ(folded.shape, (Shape{4, 1, 2, 2}));
  EXPECT_EQ(folded.values, (std::vector<float>{27, 36, 192, 256,  // the pixel above and left of the corner
                                               9, 54, 64, 384,    // above and right
                                               3, 4, 216, 288,    // below and left
                                               1, 6, 72, 432}));  // below and right
}

TEST(FoldUpsample, RoundsOnceFromF32) {
  HostTensor kernel({1, 1, 3, 3});
  kernel.values[0] = 1.0F;
  kernel.values[1] = 0x1p-8F;  // half of bf16's step at 1: rounded with what follows, not before it
  kernel.values[3] = 0x1p-12F;
  const HostArray folded = fold_upsample(as_array(kernel), DType::kBF16);
  EXPECT_EQ(folded.dtype, DType::kBF16);
  EXPECT_EQ(to_f32(folded).values[0], 1.0F + 0x1p-7F);
}

TEST(FoldUpsample, KeepsOutputsOfAPixelTogether) {
  const HostTensor weight = random_tensor({3, 2, 3, 3}, 1);
  const HostTensor folded = to_f32(fold_upsample(as_array(weight), DType::kF32));
  for (int64_t output = 0; output < 3; ++output) {
    for (int64_t input = 0; input < 2; ++input) {
      // Before the corner in both axes, the third row and column of taps alone meet the value behind it.
      EXPECT_EQ(folded.data()[(output * 2 + input) * 4 + 3], weight.data()[(output * 2 + input) * 9 + 8]);
      // Behind it, the first ones alone meet the value before.
      EXPECT_EQ(folded.data()[((3 * 3 + output) * 2 + input) * 4], weight.data()[(output * 2 + input) * 9]);
    }
  }
}

TEST(FoldUpsample, MeasuresWithoutBytes) {
  HostArray header;
  header.dtype = DType::kBF16;
  header.shape = {20, 16, 3, 3};
  const HostArray folded = fold_upsample(header, DType::kF32);
  EXPECT_EQ(folded.bytes, nullptr);
  EXPECT_EQ(folded.dtype, DType::kBF16);
  EXPECT_EQ(folded.shape, (Shape{80, 16, 2, 2}));
}

}  // namespace
}  // namespace odsora
