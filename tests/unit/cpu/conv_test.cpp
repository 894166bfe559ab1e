#include "cpu_fixture.h"

namespace odsora {
namespace {

using namespace test;

class ConvTest : public CpuOpsTest {};
ODSORA_BOTH_TYPES(ConvTest);

/// Always three axes here; two-dimensional cases have `planar` set and one frame.
struct ConvCase {
  Shape x;  // items, frames, height, width, inputs
  int64_t outputs;
  std::vector<int64_t> kernel, stride, pad_before, pad_after;
  bool planar;
};

void PrintTo(const ConvCase& of, std::ostream* out) {
  *out << to_string(of.x) << " to " << of.outputs << ", kernel " << to_string(of.kernel);
}

template <typename T>
std::vector<T> without(std::vector<T> values, size_t axis) {
  values.erase(values.begin() + static_cast<std::ptrdiff_t>(axis));
  return values;
}

ConvWindow window_of(const ConvCase& of) {
  ConvWindow window{of.kernel, of.stride, of.pad_before, of.pad_after};
  if (!of.planar) return window;
  return {without(window.kernel, 0), without(window.stride, 0), without(window.pad_before, 0),
          without(window.pad_after, 0)};
}

struct Operands {
  explicit Operands(const ConvCase& of)
      : x(random_tensor(of.x, 1)),
        weight(random_tensor({of.outputs, of.x[4], of.kernel[0], of.kernel[1], of.kernel[2]}, 2, 0.1F)),
        bias(random_tensor({of.outputs}, 3)) {}
  HostTensor x, weight, bias;
};

HostTensor expected_conv(const ConvCase& of, const Operands& operands) {
  const auto [items, frames, height, width, inputs] = std::tuple{of.x[0], of.x[1], of.x[2], of.x[3], of.x[4]};
  Shape shape = of.x;
  for (size_t axis = 0; axis < 3; ++axis) {
    shape[axis + 1] =
        (of.x[axis + 1] + of.pad_before[axis] + of.pad_after[axis] - of.kernel[axis]) / of.stride[axis] + 1;
  }
  shape[4] = of.outputs;
  HostTensor y(shape);
  float* to = y.data();
  for (int64_t item = 0; item < items; ++item)
    for (int64_t t = 0; t < shape[1]; ++t)
      for (int64_t h = 0; h < shape[2]; ++h)
        for (int64_t w = 0; w < shape[3]; ++w)
          for (int64_t output = 0; output < of.outputs; ++output) {
            double sum = static_cast<double>(operands.bias.values[static_cast<size_t>(output)]);
            for (int64_t kt = 0; kt < of.kernel[0]; ++kt)
              for (int64_t kh = 0; kh < of.kernel[1]; ++kh)
                for (int64_t kw = 0; kw < of.kernel[2]; ++kw) {
                  const int64_t it = t * of.stride[0] + kt - of.pad_before[0];
                  const int64_t ih = h * of.stride[1] + kh - of.pad_before[1];
                  const int64_t iw = w * of.stride[2] + kw - of.pad_before[2];
                  if (it < 0 || it >= frames || ih < 0 || ih >= height || iw < 0 || iw >= width) continue;
                  const float* const from =
                      operands.x.data() + (((item * frames + it) * height + ih) * width + iw) * inputs;
                  for (int64_t c = 0; c < inputs; ++c) {
                    const int64_t at =
                        (((output * inputs + c) * of.kernel[0] + kt) * of.kernel[1] + kh) * of.kernel[2] + kw;
                    sum += static_cast<double>(from[c]) *
                           static_cast<double>(operands.weight.values[static_cast<size_t>(at)]);
                  }
                }
            *to++ = static_cast<float>(sum);
          }
  return y;
}

Conv make_conv(Ops& ops, const ConvCase& of, const Operands& operands) {
  Conv conv;
  conv.window = window_of(of);
  HostTensor weight = operands.weight;
  if (of.planar) weight.shape = without(weight.shape, 2);
  conv.type = ops.compute_type();
  conv.weight = ops.pack_conv(as_array(weight), conv.window, conv.type, weight_memory());
  conv.bias = ops.upload(operands.bias, DType::kF32);
  conv.outputs = of.outputs;
  conv.inputs = of.x[4];
  return conv;
}

Tensor run_conv(Ops& ops, const ConvCase& of, const Operands& operands, const Conv& conv, DType result) {
  HostTensor x = operands.x;
  if (of.planar) x.shape = without(x.shape, 1);
  return ops.conv(ops.upload(x, ops.compute_type()), conv, result);
}

const std::vector<int64_t> kOnes{1, 1, 1};
const std::vector<int64_t> kZeros{0, 0, 0};

// The VAE's windows: 3 x 3, downsampling with zeros below and to the right only, causal in time, 1 x 1, patches.
std::vector<ConvCase> cases() {
  return {{{2, 1, 9, 11, 3}, 16, {1, 3, 3}, kOnes, {0, 1, 1}, {0, 1, 1}, true},
          {{1, 1, 13, 10, 16}, 3, {1, 3, 3}, kOnes, {0, 1, 1}, {0, 1, 1}, true},
          {{1, 1, 12, 15, 24}, 20, {1, 3, 3}, {1, 2, 2}, kZeros, {0, 1, 1}, true},
          {{3, 1, 7, 6, 4}, 4, {1, 1, 1}, kOnes, kZeros, kZeros, true},
          {{1, 1, 8, 8, 8}, 8, {1, 1, 1}, kOnes, kZeros, kZeros, true},
          {{1, 1, 20, 33, 64}, 96, {1, 3, 3}, kOnes, {0, 1, 1}, {0, 1, 1}, true},
          {{1, 5, 6, 7, 4}, 32, {3, 3, 3}, kOnes, {2, 1, 1}, {0, 1, 1}, false},
          {{2, 4, 5, 6, 16}, 4, {3, 3, 3}, kOnes, {2, 1, 1}, {0, 1, 1}, false},
          {{1, 9, 6, 5, 16}, 24, {3, 3, 3}, {2, 1, 1}, {2, 1, 1}, {0, 1, 1}, false},
          {{1, 3, 4, 4, 5}, 7, {1, 1, 1}, kOnes, kZeros, kZeros, false},
          {{2, 3, 8, 6, 4}, 48, {1, 2, 2}, {1, 2, 2}, kZeros, kZeros, false},
          {{1, 6, 5, 5, 8}, 8, {3, 1, 1}, kOnes, {2, 0, 0}, kZeros, false}};
}

TEST_P(ConvTest, MatchesAPlainLoop) {
  const std::unique_ptr<Ops> ops = make_ops();
  for (const ConvCase& of : cases()) {
    SCOPED_TRACE(testing::PrintToString(of));
    const Operands operands(of);
    const Conv conv = make_conv(*ops, of, operands);
    HostTensor expected = expected_conv(of, operands);
    if (of.planar) expected.shape = without(expected.shape, 1);
    for (const DType result : {DType::kF32, GetParam()}) {
      const Tensor y = run_conv(*ops, of, operands, conv, result);
      EXPECT_EQ(y.dtype(), result);
      EXPECT_LE(relative_error(ops->download(y), expected), result == DType::kF32 ? 2e-6 : 5e-3);
    }
  }
}

TEST_P(ConvTest, NeedsNoBias) {
  const std::unique_ptr<Ops> ops = make_ops();
  const ConvCase of = cases()[0];
  Operands operands(of);
  Conv conv = make_conv(*ops, of, operands);
  conv.bias = Tensor();
  std::fill(operands.bias.values.begin(), operands.bias.values.end(), 0.0F);
  HostTensor expected = expected_conv(of, operands);
  expected.shape = without(expected.shape, 1);
  EXPECT_LE(relative_error(ops->download(run_conv(*ops, of, operands, conv, GetParam())), expected), tolerance());
}

// Pictures of other sizes may want other layouts; whatever happened before, the result is the same.
TEST_P(ConvTest, OnePackedWeightServesEverySize) {
  const std::unique_ptr<Ops> ops = make_ops();
  ConvCase of{{1, 1, 0, 0, 160}, 160, {1, 3, 3}, kOnes, {0, 1, 1}, {0, 1, 1}, true};
  const std::vector<std::pair<int64_t, int64_t>> sizes{{36, 64}, {3, 3}, {1, 200}, {24, 24}, {36, 64}, {128, 16}};
  of.x[2] = of.x[3] = 1;
  const Conv shared = make_conv(*ops, of, Operands(of));
  for (const auto& [height, width] : sizes) {
    of.x[2] = height;
    of.x[3] = width;
    const Operands operands(of);
    const Conv fresh = make_conv(*ops, of, operands);
    EXPECT_EQ(ops->download(run_conv(*ops, of, operands, shared, GetParam())).values,
              ops->download(run_conv(*ops, of, operands, fresh, GetParam())).values)
        << height << " x " << width;
  }
}

TEST_P(ConvTest, BytesDoNotDependOnThreads) {
  std::vector<ConvCase> large = {{{1, 1, 36, 64, 128}, 128, {1, 3, 3}, kOnes, {0, 1, 1}, {0, 1, 1}, true},
                                 {{1, 1, 36, 64, 4}, 256, {1, 3, 3}, kOnes, {0, 1, 1}, {0, 1, 1}, true},
                                 {{1, 1, 96, 96, 128}, 3, {1, 3, 3}, kOnes, {0, 1, 1}, {0, 1, 1}, true},
                                 {{1, 1, 65, 63, 96}, 96, {1, 3, 3}, {1, 2, 2}, kZeros, {0, 1, 1}, true},
                                 {{2, 1, 36, 64, 256}, 128, {1, 1, 1}, kOnes, kZeros, kZeros, true},
                                 {{1, 1, 8, 8, 512}, 512, {1, 3, 3}, kOnes, {0, 1, 1}, {0, 1, 1}, true},
                                 {{1, 1, 12, 12, 128}, 128, {3, 3, 3}, kOnes, {2, 1, 1}, {0, 1, 1}, false},
                                 {{1, 5, 18, 32, 64}, 128, {3, 3, 3}, kOnes, {2, 1, 1}, {0, 1, 1}, false},
                                 {{1, 9, 18, 32, 64}, 64, {3, 3, 3}, {2, 1, 1}, {2, 1, 1}, {0, 1, 1}, false},
                                 {{1, 5, 18, 32, 128}, 4, {3, 3, 3}, kOnes, {2, 1, 1}, {0, 1, 1}, false}};
  for (const ConvCase& of : large) {
    SCOPED_TRACE(testing::PrintToString(of));
    const Operands operands(of);
    expect_equal_bytes([&](Ops& ops) { return run_conv(ops, of, operands, make_conv(ops, of, operands), GetParam()); });
  }
}

}  // namespace
}  // namespace odsora
