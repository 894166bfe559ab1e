#include "nn/upsample_conv.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <vector>

#include "base/float_formats.h"

namespace odsora {
namespace {

constexpr int64_t kKernel = 3;
constexpr int64_t kTaps = kKernel * kKernel;
constexpr int64_t kSides = 2;  // of a corner along one axis: the pixel before it and the one after
constexpr int64_t kQuad = kSides * kSides;
constexpr int64_t kFoldedTaps = 4;

const ConvWindow kCorners = {.kernel = {2, 2}, .stride = {1, 1}, .pad_before = {1, 1}, .pad_after = {1, 1}};

// Which of the two values a tap of the kernel meets, for the pixel at this side of the corner.
constexpr int64_t folded_tap(int64_t tap, int64_t side) { return (tap + side) / 2; }

// taps [3, 3] → folded [2, 2] for one pixel of the quad.
void fold_taps(const float* taps, int64_t pixel, float* folded) {
  std::fill_n(folded, kFoldedTaps, 0.0F);
  for (int64_t tap = 0; tap < kTaps; ++tap) {
    const int64_t row = folded_tap(tap / kKernel, pixel / kSides), column = folded_tap(tap % kKernel, pixel % kSides);
    folded[2 * row + column] += taps[tap];
  }
}

void store(const float* values, int64_t count, DType type, std::byte* to) {
  if (type == DType::kF32) {
    std::memcpy(to, values, static_cast<size_t>(count) * sizeof(float));
    return;
  }
  assert(type == DType::kBF16);
  auto* const bits = reinterpret_cast<uint16_t*>(to);
  for (int64_t i = 0; i < count; ++i) bits[i] = bf16_from_f32(values[i]);
}

// Weights of one output: a view.
HostArray weights_of_output(const HostArray& weight, int64_t output) {
  const int64_t inputs = weight.shape[1];
  const auto offset = static_cast<size_t>(output * inputs * kTaps) * size_of(weight.dtype);
  HostArray row;
  row.dtype = weight.dtype;
  row.shape = {inputs, kKernel, kKernel};
  row.bytes = {weight.bytes, weight.bytes.get() + offset};
  return row;
}

}  // namespace

HostArray fold_upsample(const HostArray& weight, DType type) {
  assert(weight.shape.size() == 4 && weight.shape[2] == kKernel && weight.shape[3] == kKernel);
  const int64_t outputs = weight.shape[0], inputs = weight.shape[1];
  const Shape shape = {kQuad * outputs, inputs, 2, 2};
  if (weight.bytes == nullptr) {
    HostArray header;
    header.dtype = weight.dtype;
    header.shape = shape;
    return header;
  }
  HostArray folded(type, shape);
  std::vector<float> row(static_cast<size_t>(inputs * kFoldedTaps));  // of one output, for one pixel
  for (int64_t output = 0; output < outputs; ++output) {
    const HostTensor taps = to_f32(weights_of_output(weight, output));  // [inputs, 3, 3]
    for (int64_t pixel = 0; pixel < kQuad; ++pixel) {
      for (int64_t input = 0; input < inputs; ++input) {
        fold_taps(taps.data() + input * kTaps, pixel, row.data() + input * kFoldedTaps);
      }
      const auto first = static_cast<size_t>(pixel * outputs + output) * row.size();
      store(row.data(), inputs * kFoldedTaps, type, folded.bytes.get() + first * size_of(type));
    }
  }
  return folded;
}

UpsampleConv make_upsample_conv(const BindTarget& target, const HostArray& weight, const HostTensor& bias, DType type) {
  UpsampleConv conv;
  conv.outputs = weight.shape[0];
  conv.quads.weight = target.ops.pack_conv(fold_upsample(weight, type), kCorners, type, target.memory);
  HostTensor four_biases({kQuad * conv.outputs});
  for (int64_t pixel = 0; pixel < kQuad; ++pixel) {
    std::copy(bias.values.begin(), bias.values.end(), four_biases.values.begin() + pixel * conv.outputs);
  }
  conv.quads.bias = target.ops.place(four_biases, target.memory);
  conv.quads.window = kCorners;
  conv.quads.type = type;
  conv.quads.inputs = weight.shape[1];
  conv.quads.outputs = kQuad * conv.outputs;
  return conv;
}

UpsampleConv bind_upsample_conv(const BindTarget& target, const WeightScope& scope, const ConvShape& shape,
                                DType type) {
  assert(shape.bias == Bias::kPresent);
  return make_upsample_conv(target, scope.read("weight", {shape.outputs, shape.inputs, kKernel, kKernel}),
                            scope.read_f32("bias", {shape.outputs}), type);
}

}  // namespace odsora
