// A picture magnified twice (nearest neighbours) and then convolved, as one convolution of the small picture.
//
// After the magnification every value stands four times, so several of a 3 x 3 kernel's nine taps meet the same value,
// and their weights can be added up once and for all. Along one axis, with taps (a, b, c), pixel 2i - 1 of the result
// is (a + b) x[i - 1] + c x[i], and pixel 2i is a x[i - 1] + (b + c) x[i]: both see the same two values. In the plane
// that makes a 2 x 2 convolution to four times the channels, the four pixels around each corner of the small picture,
// with 4 multiply-adds where there were 9.
#pragma once

#include "nn/bind_weights.h"
#include "nn/ops.h"

namespace odsora {

struct UpsampleConv {
  /// [items, height, width, inputs] → [items, height + 1, width + 1, 4 outputs]: position (i, j) holds the pixels
  /// (2i - 1, 2j - 1), (2i - 1, 2j), (2i, 2j - 1) and (2i, 2j) of the result, as Ops::join_quads takes them.
  Conv quads;
  int64_t outputs = 0;
};

/// weight [outputs, inputs, 3, 3] → [4 outputs, inputs, 2, 2] of `type`, F32 or BF16, added up in f32. An array without
/// bytes gives one without, of the format it has.
HostArray fold_upsample(const HostArray& weight, DType type);

/// For weight [outputs, inputs, 3, 3] and bias f32 [outputs] of the convolution that follows the magnification and
/// keeps height and width; products in `type`.
UpsampleConv make_upsample_conv(const BindTarget& target, const HostArray& weight, const HostTensor& bias, DType type);

/// The same from scope.weight and scope.bias.
UpsampleConv bind_upsample_conv(const BindTarget& target, const WeightScope& scope, const ConvShape& shape, DType type);

}  // namespace odsora
