// Reads a layer's weights from a checkpoint, with the shapes it must have, into the form the operations want.
#pragma once

#include <string_view>

#include "nn/ops.h"
#include "weights/weight_scope.h"

namespace odsora {

/// Where weights are put, and by whom.
struct BindTarget {
  Ops& ops;
  WeightMemory& memory;
};

enum class Bias { kNone, kPresent };

struct LinearShape {
  int64_t inputs = 0;
  int64_t outputs = 0;
  Bias bias = Bias::kPresent;
};

struct ConvShape {
  int64_t inputs = 0;
  int64_t outputs = 0;
  Bias bias = Bias::kPresent;
};

/// An f32 tensor such as a norm's weight. Throws Error(kBadModel) when it is missing or has another shape.
Tensor bind_tensor(const BindTarget& target, const WeightScope& scope, std::string_view name, const Shape& shape);

/// scope.weight [outputs, inputs] (or with trailing extents of 1) and scope.bias [outputs], for products in `type`.
Linear bind_linear(const BindTarget& target, const WeightScope& scope, const LinearShape& shape, DType type);

/// scope.weight [outputs, inputs, kernel…] and scope.bias [outputs], for products in `type`.
Conv bind_conv(const BindTarget& target, const WeightScope& scope, const ConvShape& shape, ConvWindow window,
               DType type);

struct GroupNormShape {
  int64_t channels = 0;
  int64_t groups = 1;
  float epsilon = 1e-6F;
};

/// scope.weight [channels] and scope.bias [channels].
GroupNorm bind_group_norm(const BindTarget& target, const WeightScope& scope, const GroupNormShape& shape);

}  // namespace odsora
