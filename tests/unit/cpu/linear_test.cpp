#include "cpu_fixture.h"

namespace odsora {
namespace {

using namespace test;

class LinearTest : public CpuOpsTest {};
ODSORA_BOTH_TYPES(LinearTest);

struct LinearCase {
  int64_t rows, inputs, outputs;
};

double activated(double x, Activation activation) {
  switch (activation) {
    case Activation::kNone: return x;
    case Activation::kSilu: return x / (1 + std::exp(-x));
    case Activation::kGeluTanh: return x / 2 * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
  }
  return x;
}

HostTensor expected_linear(const HostTensor& x, const HostTensor& weight, const HostTensor& bias,
                           Activation activation) {
  const int64_t inputs = weight.dim(1);
  HostTensor y({x.dim(0), weight.dim(0)});
  float* to = y.data();
  for (int64_t row = 0; row < y.dim(0); ++row) {
    for (int64_t output = 0; output < y.dim(1); ++output) {
      double sum = static_cast<double>(bias.values[static_cast<size_t>(output)]);
      const float* const from = x.data() + row * inputs;
      const float* const with = weight.data() + output * inputs;
      for (int64_t i = 0; i < inputs; ++i) sum += static_cast<double>(from[i]) * static_cast<double>(with[i]);
      *to++ = static_cast<float>(activated(sum, activation));
    }
  }
  return y;
}

Linear make_linear(Ops& ops, const HostArray& weight, const HostTensor& bias, DType type) {
  Linear linear;
  linear.weight = ops.pack_linear(weight, type, weight_memory());
  linear.bias = ops.upload(bias, DType::kF32);
  linear.type = type;
  linear.outputs = weight.shape[0];
  linear.inputs = weight.shape[1];
  return linear;
}

TEST_P(LinearTest, MatchesAPlainLoopForManyRowCounts) {
  const std::unique_ptr<Ops> ops = make_ops();
  for (const auto& [inputs, outputs] : {std::pair{37, 19}, {64, 1}, {1, 70}, {256, 300}, {1100, 130}}) {
    const HostTensor weight = random_tensor({outputs, inputs}, 1, 1.0F / std::sqrt(static_cast<float>(inputs)));
    const HostTensor bias = random_tensor({outputs}, 2);
    const Linear linear = make_linear(*ops, as_array(weight), bias, GetParam());
    for (const int64_t rows : {1, 2, 5, 77, 200, 421}) {  // one packed weight serves all of them
      const HostTensor x = random_tensor({rows, inputs}, 3);
      const HostTensor expected = expected_linear(x, weight, bias, Activation::kNone);
      for (const DType result : {DType::kF32, GetParam()}) {
        const Tensor y = ops->linear(ops->upload(x, GetParam()), linear, result, Activation::kNone);
        EXPECT_EQ(y.dtype(), result);
        EXPECT_LE(relative_error(ops->download(y), expected), result == DType::kF32 ? 2e-6 : 5e-3)
            << rows << " x " << inputs << " x " << outputs;
      }
    }
  }
}

TEST_P(LinearTest, Activates) {
  const std::unique_ptr<Ops> ops = make_ops();
  const HostTensor weight = random_tensor({150, 96}, 1, 0.3F);
  const HostTensor bias = random_tensor({150}, 2);
  const HostTensor x = random_tensor({130, 96}, 3);
  const Linear linear = make_linear(*ops, as_array(weight), bias, GetParam());
  for (const Activation activation : {Activation::kGeluTanh, Activation::kSilu}) {
    const HostTensor expected = expected_linear(x, weight, bias, activation);
    for (const DType result : {DType::kF32, GetParam()}) {
      const Tensor y = ops->linear(ops->upload(x, GetParam()), linear, result, activation);
      EXPECT_LE(relative_error(ops->download(y), expected), result == DType::kF32 ? 4e-6 : 5e-3);
    }
  }
}

TEST_P(LinearTest, KeepsLeadingAxesAndNeedsNoBias) {
  const std::unique_ptr<Ops> ops = make_ops();
  const HostTensor weight = random_tensor({24, 40}, 1, 0.2F);
  const HostTensor x = random_tensor({2, 3, 5, 40}, 3);
  Linear linear = make_linear(*ops, as_array(weight), HostTensor({24}), GetParam());
  linear.bias = Tensor();
  const HostTensor y = ops->download(ops->linear(ops->upload(x, GetParam()), linear, DType::kF32, Activation::kNone));
  EXPECT_EQ(y.shape, (Shape{2, 3, 5, 24}));
  const HostTensor expected =
      expected_linear(HostTensor({30, 40}, x.values), weight, HostTensor({24}), Activation::kNone);
  EXPECT_LE(relative_error(HostTensor({30, 24}, y.values), expected), 2e-6);
}

TEST_P(LinearTest, F32ProductMayHaveComputeTypeResult) {
  const std::unique_ptr<Ops> ops = make_ops();
  const HostTensor weight = random_tensor({50, 30}, 1);
  const HostTensor bias = random_tensor({50}, 2);
  const HostTensor x = random_tensor({40, 30}, 3);
  const Linear linear = make_linear(*ops, as_array(weight), bias, DType::kF32);
  const Tensor y = ops->linear(ops->upload(x, DType::kF32), linear, GetParam(), Activation::kSilu);
  EXPECT_EQ(y.dtype(), GetParam());
  EXPECT_LE(relative_error(ops->download(y), expected_linear(x, weight, bias, Activation::kSilu)), tolerance());
}

TEST_P(LinearTest, PacksEveryStoredFormat) {
  const std::unique_ptr<Ops> ops = make_ops();
  HostTensor weight({33, 45});  // small integers, which every format holds
  for (size_t i = 0; i < weight.values.size(); ++i) weight.values[i] = static_cast<float>(static_cast<int>(i % 15) - 7);
  const HostTensor x = random_tensor({20, 45}, 3);
  const HostTensor expected = expected_linear(x, weight, HostTensor({33}), Activation::kNone);
  for (const DType stored : {DType::kF64, DType::kF32, DType::kF16, DType::kBF16, DType::kI8}) {
    HostArray array(stored, weight.shape);
    for (size_t i = 0; i < weight.values.size(); ++i) {
      const float value = weight.values[i];
      const auto put = [&](auto element) {
        std::memcpy(array.bytes.get() + i * sizeof(element), &element, sizeof(element));
      };
      switch (stored) {
        case DType::kF64: put(static_cast<double>(value)); break;
        case DType::kF32: put(value); break;
        case DType::kBF16: put(bf16_from_f32(value)); break;
        case DType::kI8: put(static_cast<int8_t>(value)); break;
        default: {  // binary16 of -7 … 7: the bits of f32 with a shorter exponent and mantissa
          const auto bits = std::bit_cast<uint32_t>(value);
          const uint32_t magnitude =
              value == 0.0F ? 0 : (((bits >> 23) & 0xffU) - 112U) << 10 | ((bits >> 13) & 0x3ffU);
          put(static_cast<uint16_t>((bits >> 31) << 15 | magnitude));
        }
      }
    }
    const Linear linear = make_linear(*ops, array, HostTensor({33}), GetParam());
    const Tensor y = ops->linear(ops->upload(x, GetParam()), linear, DType::kF32, Activation::kNone);
    EXPECT_LE(relative_error(ops->download(y), expected), 2e-6) << name_of(stored);
  }
  EXPECT_THROW(ops->pack_linear(HostArray(DType::kI64, {2, 2}), GetParam(), weight_memory()), Error);
}

// Widths of the denoiser and of T5, and row counts from a single vector to more than oneDNN's row blocks.
TEST_P(LinearTest, BytesDoNotDependOnThreads) {
  for (const auto& [rows, inputs, outputs] : {LinearCase{1, 1152, 1152},
                                              {5, 4608, 1152},
                                              {77, 1152, 1152},
                                              {300, 1152, 3456},
                                              {1000, 72, 200},
                                              {1000, 1152, 32},
                                              {1500, 384, 1536},
                                              {77, 4096, 1024},
                                              {1, 256, 6912},
                                              {5760, 192, 192},
                                              {2880, 1152, 128}}) {
    for (const Activation activation : {Activation::kNone, Activation::kGeluTanh}) {
      for (const DType result : {DType::kF32, GetParam()}) {
        SCOPED_TRACE(testing::Message() << rows << " x " << inputs << " x " << outputs);
        const HostTensor x = random_tensor({rows, inputs}, 3);
        const HostArray weight = as_array(random_tensor({outputs, inputs}, 1, 0.05F));
        expect_equal_bytes([&](Ops& ops) {
          const Linear linear = make_linear(ops, weight, random_tensor({outputs}, 2), GetParam());
          return ops.linear(ops.upload(x, GetParam()), linear, result, activation);
        });
        if (GetParam() == DType::kF32) break;
      }
    }
  }
}

}  // namespace
}  // namespace odsora
