#include "cpu/element_wise.h"

#include "cpu_fixture.h"
#include "hwy/targets.h"

namespace odsora {
namespace {

using namespace test;

class ElementWiseTest : public CpuOpsTest {};
ODSORA_BOTH_TYPES(ElementWiseTest);

/// Runs `test` once for each instruction set that kernels were compiled for and this CPU has.
template <typename Test>
void for_each_target(const Test& test) {
  for (const int64_t target : hwy::SupportedAndGeneratedTargets()) {
    SCOPED_TRACE(hwy::TargetName(target));
    hwy::SetSupportedTargetsForTest(target);
    test();
  }
  hwy::SetSupportedTargetsForTest(0);
}

std::vector<uint16_t> vector_bf16(const std::vector<float>& values) {
  std::vector<uint16_t> result(values.size());
  convert_elements(DType::kF32, reinterpret_cast<const std::byte*>(values.data()), DType::kBF16,
                   reinterpret_cast<std::byte*>(result.data()), static_cast<int64_t>(values.size()));
  return result;
}

TEST(Bf16Vectors, RoundAsTheScalarFunction) {
  std::vector<float> values;
  for (const uint32_t high :
       {0x0000U, 0x0001U, 0x007fU, 0x0080U, 0x3f80U, 0x3f81U, 0x7f7fU, 0x7f80U, 0x7f81U, 0x7fffU}) {
    for (const uint32_t low : {0x0000U, 0x0001U, 0x7fffU, 0x8000U, 0x8001U, 0xffffU}) {
      for (const uint32_t sign : {0U, 0x80000000U}) values.push_back(std::bit_cast<float>(sign | high << 16 | low));
    }
  }
  std::mt19937 generator(1);
  while (values.size() < 100'003) values.push_back(std::bit_cast<float>(static_cast<uint32_t>(generator())));
  for_each_target([&] {
    const std::vector<uint16_t> result = vector_bf16(values);
    for (size_t i = 0; i < values.size(); ++i) {
      ASSERT_EQ(result[i], bf16_from_f32(values[i])) << std::hex << std::bit_cast<uint32_t>(values[i]);
    }
  });
}

TEST(Bf16Vectors, RowEndsAreExact) {
  for_each_target([] {
    for (size_t count = 0; count < 40; ++count) {
      std::vector<float> values(count);
      for (size_t i = 0; i < count; ++i) values[i] = static_cast<float>(i) + 0.5F;
      const std::vector<uint16_t> result = vector_bf16(values);
      for (size_t i = 0; i < count; ++i) ASSERT_EQ(f32_from_bf16(result[i]), values[i]);
    }
  });
}

TEST(ConvertElements, EveryF16) {
  std::vector<uint16_t> halves(0x10000);
  for (size_t i = 0; i < halves.size(); ++i) halves[i] = static_cast<uint16_t>(i);
  for_each_target([&] {
    std::vector<float> result(halves.size());
    convert_elements(DType::kF16, reinterpret_cast<const std::byte*>(halves.data()), DType::kF32,
                     reinterpret_cast<std::byte*>(result.data()), static_cast<int64_t>(halves.size()));
    for (size_t i = 0; i < halves.size(); ++i) {
      const float expected = f32_from_f16(halves[i]);
      if (std::isinf(expected) || std::isnan(expected)) continue;  // no weight is
      ASSERT_EQ(result[i], expected) << i;
    }
  });
}

TEST_P(ElementWiseTest, GateAdd) {
  const std::unique_ptr<Ops> ops = make_ops();
  const HostTensor x = random_tensor({4, 5, 37}, 1);
  const HostTensor y = random_tensor({4, 5, 37}, 2);
  const HostTensor vectors = random_tensor({2, 6, 37}, 3);
  const std::vector<int32_t> rows{1, 0, 0, 1};
  HostTensor expected = x;
  for (int64_t i = 0; i < x.count(); ++i) {
    const int64_t frame = i / (5 * 37);
    const int64_t at = (rows[static_cast<size_t>(frame)] * 6 + 5) * 37 + i % 37;
    expected.data()[i] += y.data()[i] * vectors.data()[at];
  }
  const Tensor device_vectors = ops->upload(vectors, DType::kF32);
  for (const DType type : {DType::kF32, GetParam()}) {
    Tensor result = ops->upload(x, DType::kF32);
    const Tensor device_y = ops->upload(y, type);
    ops->gate_add(result, {device_y}, {device_vectors, rows}, 5);
    EXPECT_LE(relative_error(ops->download(result), expected), 1e-6);
  }
}

// Frames 0 and 1 together, 2 alone, 3 with 4 and 5.
const std::vector<FrameGroup> kGroups = {{0, 2}, {2, 1}, {3, 3}};
const std::vector<int32_t> kGroupOfFrame = {0, 0, 1, 2, 2, 2};

TEST_P(ElementWiseTest, MergeFramesTakesTheMeanOfEachGroup) {
  const std::unique_ptr<Ops> ops = make_ops();
  const HostTensor x = random_tensor({6, 3, 37}, 1);
  constexpr int64_t kFrame = 3 * 37;
  HostTensor expected({3, 3, 37});
  for (int64_t i = 0; i < expected.count(); ++i) {
    const FrameGroup& group = kGroups[static_cast<size_t>(i / kFrame)];
    double sum = 0;
    for (int64_t f = 0; f < group.count; ++f) sum += x.data()[(group.first + f) * kFrame + i % kFrame];
    expected.data()[i] = static_cast<float>(sum / group.count);
  }
  for (const DType type : {DType::kF32, GetParam()}) {
    const Tensor merged = ops->merge_frames(ops->upload(x, type), kGroups);
    EXPECT_EQ(merged.dtype(), GetParam());
    EXPECT_LE(relative_error(ops->download(merged), expected), tolerance());
  }
}

TEST_P(ElementWiseTest, FramesTakeTheValuesOfTheirGroup) {
  const std::unique_ptr<Ops> ops = make_ops();
  const HostTensor x = random_tensor({6, 3, 37}, 1);
  const HostTensor y = random_tensor({3, 3, 37}, 2);
  const HostTensor vectors = random_tensor({1, 1, 37}, 3);
  constexpr int64_t kFrame = 3 * 37;
  HostTensor added = x, gated = x;
  for (int64_t i = 0; i < x.count(); ++i) {
    const float value = y.data()[kGroupOfFrame[static_cast<size_t>(i / kFrame)] * kFrame + i % kFrame];
    added.data()[i] += value;
    gated.data()[i] += value * vectors.data()[i % 37];
  }
  const Tensor device_vectors = ops->upload(vectors, DType::kF32);
  const std::vector<int32_t> first_row(6, 0);
  for (const DType type : {DType::kF32, GetParam()}) {
    const Tensor device_y = ops->upload(y, type);
    Tensor result = ops->upload(x, DType::kF32);
    ops->add_frames(result, {device_y, kGroupOfFrame});
    EXPECT_LE(relative_error(ops->download(result), added), 1e-7);
    result = ops->upload(x, DType::kF32);
    ops->gate_add(result, {device_y, kGroupOfFrame}, {device_vectors, first_row}, 0);
    EXPECT_LE(relative_error(ops->download(result), gated), 1e-6);
  }
}

TEST_P(ElementWiseTest, AddRepeatsOverLeadingAxes) {
  const std::unique_ptr<Ops> ops = make_ops();
  const HostTensor x = random_tensor({3, 4, 5, 7}, 1);
  for (const Shape& shape : {Shape{3, 4, 5, 7}, {4, 5, 7}, {5, 7}, {7}}) {
    const HostTensor y = random_tensor(shape, 2);
    HostTensor expected = x;
    for (int64_t i = 0; i < x.count(); ++i) expected.data()[i] += y.data()[i % y.count()];
    for (const DType x_type : {DType::kF32, GetParam()}) {
      for (const DType y_type : {DType::kF32, GetParam()}) {
        Tensor result = ops->upload(x, x_type);
        ops->add(result, ops->upload(y, y_type));
        EXPECT_LE(relative_error(ops->download(result), expected), x_type == DType::kF32 ? 1e-7 : 5e-3);
      }
    }
  }
}

TEST_P(ElementWiseTest, MultiplySiluConvertCopy) {
  const std::unique_ptr<Ops> ops = make_ops();
  HostTensor x = random_tensor({3, 37}, 1, 10.0F);
  x.values[0] = -1000.0F;
  x.values[1] = 1000.0F;
  const HostTensor y = random_tensor({3, 37}, 2);
  HostTensor product = x;
  HostTensor activated = x;
  for (size_t i = 0; i < x.values.size(); ++i) {
    product.values[i] *= y.values[i];
    const auto value = static_cast<double>(x.values[i]);
    activated.values[i] = static_cast<float>(value / (1 + std::exp(-value)));
  }
  Tensor result = ops->upload(x, GetParam());
  ops->multiply(result, ops->upload(y, GetParam()));
  EXPECT_LE(relative_error(ops->download(result), product), tolerance());
  const Tensor f32 = ops->upload(x, DType::kF32);
  EXPECT_LE(relative_error(ops->download(ops->silu(f32)), activated), 1e-6);

  const Tensor same = ops->convert(f32, DType::kF32);
  EXPECT_EQ(same.bytes(), f32.bytes());  // a view
  EXPECT_EQ(ops->download(ops->convert(ops->convert(f32, DType::kBF16), DType::kF32)).values, x.values);
  Tensor copy = ops->empty(DType::kF32, f32.shape());
  ops->assign(copy, f32);
  EXPECT_NE(copy.bytes(), f32.bytes());
  EXPECT_EQ(ops->download(copy).values, x.values);
}

TEST_P(ElementWiseTest, QuadsBecomeAPicture) {
  const std::unique_ptr<Ops> ops = make_ops();
  constexpr int64_t kItems = 2, kHeight = 3, kWidth = 4;
  for (const int64_t channels : {1, 5, 48}) {
    const HostTensor quads = random_tensor({kItems, kHeight, kWidth, 4 * channels}, 1);
    const Tensor on_device = ops->upload(quads, GetParam());
    for (const auto& [first_row, rows] : {std::pair<int64_t, int64_t>{0, 6}, {1, 4}, {1, 5}, {0, 5}, {3, 1}}) {
      HostTensor expected({kItems, rows, 2 * kWidth - 2, channels});
      float* to = expected.data();
      for (int64_t item = 0; item < kItems; ++item) {
        for (int64_t row = first_row; row < first_row + rows; ++row) {
          for (int64_t column = 1; column < 2 * kWidth - 1; ++column) {
            const int64_t quad = (item * kHeight + row / 2) * kWidth + column / 2;
            const float* const from = quads.data() + (4 * quad + row % 2 * 2 + column % 2) * channels;
            to = std::copy_n(from, channels, to);
          }
        }
      }
      Tensor result = ops->empty(GetParam(), expected.shape);
      ops->join_quads(on_device, first_row, result);
      EXPECT_EQ(ops->download(result).values, expected.values) << rows << " rows from " << first_row;
    }
  }
}

TEST_P(ElementWiseTest, DepthBecomesTime) {
  const std::unique_ptr<Ops> ops = make_ops();
  for (const int64_t channels : {1, 5, 48}) {
    const HostTensor x = random_tensor({2, 3, 2, 5, 2 * channels}, 1);
    HostTensor expected({2, 6, 2, 5, channels});
    for (int64_t i = 0; i < expected.count(); ++i) {
      const int64_t c = i % channels;
      const int64_t pixel = i / channels % 10;
      const int64_t frame = i / channels / 10;  // over items
      expected.data()[i] = x.data()[((frame / 2) * 10 + pixel) * 2 * channels + 2 * c + frame % 2];
    }
    const HostTensor result = ops->download(ops->depth_to_time(ops->upload(x, GetParam())));
    EXPECT_EQ(result.shape, expected.shape);
    EXPECT_EQ(result.values, expected.values);
  }
}

TEST_P(ElementWiseTest, BytesDoNotDependOnThreads) {
  const HostTensor x = random_tensor({4, 301, 1001}, 1);
  const HostTensor y = random_tensor({4, 301, 1001}, 2);
  const HostTensor vectors = random_tensor({2, 6, 1001}, 3);
  const std::vector<int32_t> rows{1, 0, 0, 1};
  expect_equal_bytes([&](Ops& ops) {
    Tensor result = ops.upload(x, DType::kF32);
    const Tensor device_vectors = ops.upload(vectors, DType::kF32);
    const Tensor device_y = ops.upload(y, GetParam());
    ops.gate_add(result, {device_y}, {device_vectors, rows}, 2);
    ops.add(result, ops.upload(vectors, DType::kF32).slice(0, 1).view({6, 1001}).slice(2, 1).view({1001}));
    Tensor product = ops.convert(ops.silu(result), GetParam());
    ops.multiply(product, ops.upload(y, GetParam()));
    return product;
  });
  expect_equal_bytes([&](Ops& ops) {
    const Tensor merged = ops.merge_frames(ops.upload(x, GetParam()), std::vector<FrameGroup>{{0, 2}, {2, 2}});
    Tensor result = ops.upload(x, DType::kF32);
    ops.add_frames(result, {merged, std::vector<int32_t>{0, 0, 1, 1}});
    return result;
  });
  expect_equal_bytes([&](Ops& ops) {
    Tensor picture = ops.empty(GetParam(), {4, 84, 12, 1001 / 4});
    ops.join_quads(ops.upload(x, GetParam()).reshaped({4, 43, 7, 1000}), 1, picture);
    return picture;
  });
}

TEST_P(ElementWiseTest, EveryOperationStopsWhenCancelled) {
  CancelToken cancel;
  const std::unique_ptr<Ops> ops =
      make_cpu_ops({.compute_type = GetParam(), .threads = 1, .workspace = workspace_, .cancel = &cancel});
  const HostTensor x = random_tensor({2, 4}, 1);
  Tensor tensor = ops->upload(x, DType::kF32);
  cancel.request();
  EXPECT_THROW(ops->upload(x, DType::kF32), Cancelled);
  EXPECT_THROW(ops->silu(tensor), Cancelled);
  EXPECT_THROW(ops->add(tensor, tensor), Cancelled);
  EXPECT_THROW(ops->pack_linear(as_array(x), DType::kF32, weight_memory()), Cancelled);
}

}  // namespace
}  // namespace odsora
