// The activations and the softmax as the operations compute them, over the whole range of their inputs.
#include <limits>

#include "cpu/element_wise.h"
#include "cpu/fused_softmax.h"
#include "cpu_fixture.h"

namespace odsora {
namespace {

using namespace test;

class ActivationTest : public CpuOpsTest {
 protected:
  /// activation(x) in the test's type.
  std::vector<float> activated(const std::vector<float>& x, Activation activation) {
    const auto count = static_cast<int64_t>(x.size());
    const std::unique_ptr<Ops> ops = make_ops();
    const Tensor input = ops->upload({{count}, x}, DType::kF32);
    Tensor result = ops->empty(GetParam(), {count});
    activate(input, activation, result);
    return ops->download(result).values;
  }
};
ODSORA_BOTH_TYPES(ActivationTest);

double gelu_tanh(double x) { return 0.5 * x * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x))); }
double silu(double x) { return x / (1 + std::exp(-x)); }

std::vector<float> spread_values() {
  std::vector<float> values = {0.0F, -0.0F, 1e-30F, -1e-30F, 1e30F, -1e30F, 100.0F, -100.0F};
  for (float x = -30; x <= 30; x += 0.0137F) values.push_back(x);
  return values;
}

TEST_P(ActivationTest, FollowsItsFormulaEverywhere) {
  const std::vector<float> x = spread_values();
  const double relative = GetParam() == DType::kF32 ? 3e-6 : 1.0 / 256;  // half a step of bf16 is 1 / 512
  for (const Activation activation : {Activation::kGeluTanh, Activation::kSilu}) {
    const std::vector<float> result = activated(x, activation);
    for (size_t i = 0; i < x.size(); ++i) {
      const double expected = activation == Activation::kSilu ? silu(x[i]) : gelu_tanh(x[i]);
      ASSERT_NEAR(result[i], expected, std::abs(expected) * relative + 1e-6) << x[i];
    }
  }
}

TEST_P(ActivationTest, NotANumberStaysOne) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const Activation activation : {Activation::kGeluTanh, Activation::kSilu}) {
    for (const float value : activated(std::vector<float>(19, nan), activation)) EXPECT_TRUE(std::isnan(value));
  }
}

TEST_P(ActivationTest, SoftmaxOfAnyScoresSumsToOne) {
  for (const int64_t keys : {1, 15, 16, 17, 300}) {
    for (const float spread : {0.01F, 1.0F, 300.0F}) {
      HostTensor scores = random_tensor({1, keys}, 1, spread);
      std::vector<std::byte> exponentials(static_cast<size_t>(keys) * sizeof(float));
      float factor = 0;
      const double highest = *std::max_element(scores.values.begin(), scores.values.end());
      softmax_rows({.scores = scores.data(),
                    .exponentials = exponentials.data(),
                    .factors = &factor,
                    .rows = 1,
                    .keys = keys,
                    .scale = 0.5F,
                    .type = GetParam()});
      double sum = 0;
      for (int64_t key = 0; key < keys; ++key) {
        const double expected = std::exp(0.5 * (scores.data()[key] - highest));
        const float value = GetParam() == DType::kF32
                                ? reinterpret_cast<const float*>(exponentials.data())[key]
                                : f32_from_bf16(reinterpret_cast<const uint16_t*>(exponentials.data())[key]);
        EXPECT_NEAR(value, expected, expected * (GetParam() == DType::kF32 ? 2e-5 : 1.0 / 256) + 1e-30);
        sum += expected;
      }
      EXPECT_NEAR(factor * sum, 1.0, 2e-5) << keys << " keys, spread " << spread;
    }
  }
}

}  // namespace
}  // namespace odsora
