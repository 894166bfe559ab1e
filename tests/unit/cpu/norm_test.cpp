#include "cpu_fixture.h"

namespace odsora {
namespace {

using namespace test;

class NormTest : public CpuOpsTest {};
ODSORA_BOTH_TYPES(NormTest);

constexpr float kEpsilon = 1e-6F;

double square(double x) { return x * x; }

HostTensor expected_layer_norm(const HostTensor& x, const HostTensor& vectors, const std::vector<int32_t>& rows,
                               int shift_part, int scale_part) {
  const int64_t channels = x.dim(2);
  HostTensor y(x.shape);
  for (int64_t row = 0; row < x.dim(0) * x.dim(1); ++row) {
    const float* const from = x.data() + row * channels;
    const float* const of_frame =
        vectors.data() + rows[static_cast<size_t>(row / x.dim(1))] * vectors.dim(1) * channels;
    double mean = 0;
    for (int64_t c = 0; c < channels; ++c) mean += static_cast<double>(from[c]) / static_cast<double>(channels);
    double variance = 0;
    for (int64_t c = 0; c < channels; ++c) {
      variance += square(static_cast<double>(from[c]) - mean) / static_cast<double>(channels);
    }
    for (int64_t c = 0; c < channels; ++c) {
      const double normal = (static_cast<double>(from[c]) - mean) / std::sqrt(variance + 1e-6);
      y.data()[row * channels + c] =
          static_cast<float>(normal * (1 + static_cast<double>(of_frame[scale_part * channels + c])) +
                             static_cast<double>(of_frame[shift_part * channels + c]));
    }
  }
  return y;
}

TEST_P(NormTest, LayerNormModulates) {
  const std::unique_ptr<Ops> ops = make_ops();
  for (const int64_t channels : {1, 7, 16, 33, 192, 1152}) {
    HostTensor x = random_tensor({4, 6, channels}, 1);
    for (float& value : x.values) value += 3.0F;
    const HostTensor vectors = random_tensor({2, 6, channels}, 2);
    const std::vector<int32_t> rows{0, 1, 1, 0};
    const Tensor device_vectors = ops->upload(vectors, DType::kF32);
    const Tensor y = ops->layer_norm_modulate(ops->upload(x, DType::kF32), {device_vectors, rows}, 3, 4, kEpsilon);
    EXPECT_EQ(y.dtype(), GetParam());
    EXPECT_LE(relative_error(ops->download(y), expected_layer_norm(x, vectors, rows, 3, 4)), tolerance()) << channels;
  }
}

TEST_P(NormTest, RmsNormWeighs) {
  const std::unique_ptr<Ops> ops = make_ops();
  for (const int64_t channels : {1, 5, 64, 100, 4096}) {
    const HostTensor x = random_tensor({2, 3, channels}, 1, 4.0F);
    const HostTensor weight = random_tensor({channels}, 2);
    HostTensor expected(x.shape);
    for (int64_t row = 0; row < 6; ++row) {
      double mean_square = 0;
      for (int64_t c = 0; c < channels; ++c) {
        mean_square += square(static_cast<double>(x.data()[row * channels + c])) / static_cast<double>(channels);
      }
      for (int64_t c = 0; c < channels; ++c) {
        expected.data()[row * channels + c] =
            static_cast<float>(static_cast<double>(weight.data()[c]) *
                               static_cast<double>(x.data()[row * channels + c]) / std::sqrt(mean_square + 1e-6));
      }
    }
    for (const DType result : {DType::kF32, GetParam()}) {
      const Tensor y = ops->rms_norm(ops->upload(x, DType::kF32), ops->upload(weight, DType::kF32), kEpsilon, result);
      EXPECT_EQ(y.dtype(), result);
      EXPECT_LE(relative_error(ops->download(y), expected), result == DType::kF32 ? 2e-6 : 5e-3);
    }
  }
}

struct HeadCase {
  int64_t batch, positions, patches, heads, head_size;
  bool norm, rotation;
};

struct HeadOperands {
  explicit HeadOperands(const HeadCase& of)
      : projection(random_tensor({of.batch, of.positions, of.patches, 3 * of.heads * of.head_size}, 1)),
        query_weight(random_tensor({of.head_size}, 2)),
        key_weight(random_tensor({of.head_size}, 3)),
        rotation({of.positions, of.head_size / 2, 2}) {
    for (int64_t pair = 0; pair < of.positions * (of.head_size / 2); ++pair) {
      const double angle = 0.37 * static_cast<double>(pair);
      rotation.data()[2 * pair] = static_cast<float>(std::cos(angle));
      rotation.data()[2 * pair + 1] = static_cast<float>(std::sin(angle));
    }
  }
  HostTensor projection, query_weight, key_weight, rotation;
};

HostTensor expected_heads(const HeadCase& of, const HeadOperands& operands) {
  HostTensor y = operands.projection;
  const int64_t channels = 3 * of.heads * of.head_size;
  for (int64_t token = 0; token < y.count() / channels; ++token) {
    const int64_t position = token / of.patches % of.positions;
    for (int64_t head = 0; head < 2 * of.heads; ++head) {  // values, the third part, stay as they are
      float* const x = y.data() + token * channels + head * of.head_size;
      const HostTensor& weight = head < of.heads ? operands.query_weight : operands.key_weight;
      double mean_square = 0;
      for (int64_t i = 0; i < of.head_size; ++i) {
        mean_square += square(static_cast<double>(x[i])) / static_cast<double>(of.head_size);
      }
      std::vector<double> values(static_cast<size_t>(of.head_size));
      for (int64_t i = 0; i < of.head_size; ++i) {
        values[static_cast<size_t>(i)] = static_cast<double>(x[i]);
        if (of.norm) {
          values[static_cast<size_t>(i)] *=
              static_cast<double>(weight.data()[i]) / std::sqrt(mean_square + static_cast<double>(kEpsilon));
        }
      }
      for (int64_t j = 0; j < of.head_size; j += 2) {
        const double a = values[static_cast<size_t>(j)];
        const double b = values[static_cast<size_t>(j + 1)];
        const float* const turn = operands.rotation.data() + position * of.head_size + j;
        const double cosine = of.rotation ? static_cast<double>(turn[0]) : 1.0;
        const double sine = of.rotation ? static_cast<double>(turn[1]) : 0.0;
        x[j] = static_cast<float>(a * cosine - b * sine);
        x[j + 1] = static_cast<float>(b * cosine + a * sine);
      }
    }
  }
  return y;
}

Tensor run_heads(Ops& ops, const HeadCase& of, const HeadOperands& operands) {
  Tensor projection = ops.upload(operands.projection, ops.compute_type());
  const Tensor query_weight = ops.upload(operands.query_weight, DType::kF32);
  const Tensor key_weight = ops.upload(operands.key_weight, DType::kF32);
  const Tensor rotation = ops.upload(operands.rotation, DType::kF32);
  ops.norm_rotate_heads(projection, {.heads = of.heads,
                                     .query_weight = of.norm ? &query_weight : nullptr,
                                     .key_weight = of.norm ? &key_weight : nullptr,
                                     .epsilon = kEpsilon,
                                     .rotation = of.rotation ? &rotation : nullptr});
  return projection;
}

TEST_P(NormTest, HeadsAreNormedAndRotated) {
  const std::unique_ptr<Ops> ops = make_ops();
  for (const HeadCase& of : {HeadCase{2, 5, 3, 4, 72, true, true},
                             {2, 4, 3, 2, 24, true, false},
                             {1, 3, 2, 3, 6, false, true},
                             {1, 3, 2, 1, 64, false, false}}) {
    const HeadOperands operands(of);
    EXPECT_LE(relative_error(ops->download(run_heads(*ops, of, operands)), expected_heads(of, operands)), tolerance())
        << of.head_size;
  }
}

HostTensor expected_group_norm(const HostTensor& x, const HostTensor& weight, const HostTensor& bias, int64_t groups,
                               bool silu) {
  const int64_t channels = x.shape.back();
  const int64_t pixels = x.count() / x.dim(0) / channels;
  const int64_t width = channels / groups;
  HostTensor y(x.shape);
  for (int64_t item = 0; item < x.dim(0); ++item) {
    for (int64_t group = 0; group < groups; ++group) {
      const auto at = [&](int64_t pixel, int64_t c) { return (item * pixels + pixel) * channels + group * width + c; };
      const auto count = static_cast<double>(pixels * width);
      double mean = 0;
      double variance = 0;
      for (int64_t pixel = 0; pixel < pixels; ++pixel) {
        for (int64_t c = 0; c < width; ++c) mean += static_cast<double>(x.data()[at(pixel, c)]) / count;
      }
      for (int64_t pixel = 0; pixel < pixels; ++pixel) {
        for (int64_t c = 0; c < width; ++c)
          variance += square(static_cast<double>(x.data()[at(pixel, c)]) - mean) / count;
      }
      for (int64_t pixel = 0; pixel < pixels; ++pixel) {
        for (int64_t c = 0; c < width; ++c) {
          double value = (static_cast<double>(x.data()[at(pixel, c)]) - mean) / std::sqrt(variance + 1e-6);
          value = value * static_cast<double>(weight.data()[group * width + c]) +
                  static_cast<double>(bias.data()[group * width + c]);
          y.data()[at(pixel, c)] = static_cast<float>(silu ? value / (1 + std::exp(-value)) : value);
        }
      }
    }
  }
  return y;
}

Tensor run_group_norm(Ops& ops, const HostTensor& x, DType type, int64_t groups, Activation activation) {
  const int64_t channels = x.shape.back();
  const GroupNorm norm{.weight = ops.upload(random_tensor({channels}, 2), DType::kF32),
                       .bias = ops.upload(random_tensor({channels}, 3), DType::kF32),
                       .groups = groups,
                       .epsilon = kEpsilon};
  return ops.group_norm(ops.upload(x, type), norm, activation, ops.compute_type());
}

TEST_P(NormTest, GroupNormTakesPicturesAndVideos) {
  const std::unique_ptr<Ops> ops = make_ops();
  for (const auto& [shape, groups] : {std::pair<Shape, int64_t>{{2, 9, 7, 12}, 3},
                                      {{1, 3, 5, 6, 64}, 32},
                                      {{2, 70, 40, 48}, 16},
                                      {{3, 1, 1, 8}, 2},
                                      {{1, 5, 5, 5}, 5}}) {
    HostTensor x = random_tensor(shape, 1);
    for (float& value : x.values) value += 8.0F;  // far from zero: the variance must not cancel
    for (float& value : x.values) value = f32_from_bf16(bf16_from_f32(value));
    for (const DType type : {DType::kF32, GetParam()}) {
      for (const Activation activation : {Activation::kNone, Activation::kSilu}) {
        const Tensor y = run_group_norm(*ops, x, type, groups, activation);
        EXPECT_EQ(y.dtype(), GetParam());
        const HostTensor expected =
            expected_group_norm(x, random_tensor({shape.back()}, 2), random_tensor({shape.back()}, 3), groups,
                                activation == Activation::kSilu);
        EXPECT_LE(relative_error(ops->download(y), expected), tolerance() * 2) << to_string(shape);
      }
    }
  }
}

TEST_P(NormTest, BytesDoNotDependOnThreads) {
  const HostTensor x = random_tensor({5, 300, 1152}, 1);
  const HostTensor vectors = random_tensor({2, 6, 1152}, 2);
  const std::vector<int32_t> rows{0, 1, 1, 0, 1};
  expect_equal_bytes([&](Ops& ops) {
    const Tensor device_vectors = ops.upload(vectors, DType::kF32);
    return ops.layer_norm_modulate(ops.upload(x, DType::kF32), {device_vectors, rows}, 0, 1, kEpsilon);
  });
  expect_equal_bytes([&](Ops& ops) {
    return ops.rms_norm(ops.upload(x, DType::kF32), ops.upload(random_tensor({1152}, 3), DType::kF32), kEpsilon,
                        GetParam());
  });
  const HeadCase heads{2, 20, 30, 16, 72, true, true};
  const HeadOperands operands(heads);
  expect_equal_bytes([&](Ops& ops) { return run_heads(ops, heads, operands); });
  for (const Shape& shape : {Shape{1, 90, 101, 128}, {3, 4, 40, 50, 64}}) {
    const HostTensor pictures = random_tensor(shape, 4);
    expect_equal_bytes([&](Ops& ops) { return run_group_norm(ops, pictures, GetParam(), 32, Activation::kSilu); });
  }
}

}  // namespace
}  // namespace odsora
