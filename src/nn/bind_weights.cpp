#include "nn/bind_weights.h"

#include <utility>

namespace odsora {

Tensor bind_tensor(const BindTarget& target, const WeightScope& scope, std::string_view name, const Shape& shape) {
  return target.ops.place(scope.read_f32(name, shape), target.memory);
}

Linear bind_linear(const BindTarget& target, const WeightScope& scope, const LinearShape& shape, DType type) {
  Linear linear;
  linear.weight =
      target.ops.pack_linear(scope.read_squeezed("weight", {shape.outputs, shape.inputs}), type, target.memory);
  if (shape.bias == Bias::kPresent) linear.bias = bind_tensor(target, scope, "bias", {shape.outputs});
  linear.type = type;
  linear.inputs = shape.inputs;
  linear.outputs = shape.outputs;
  return linear;
}

Conv bind_conv(const BindTarget& target, const WeightScope& scope, const ConvShape& shape, ConvWindow window,
               DType type) {
  Shape weight_shape = {shape.outputs, shape.inputs};
  weight_shape.insert(weight_shape.end(), window.kernel.begin(), window.kernel.end());
  Conv conv;
  conv.weight = target.ops.pack_conv(scope.read("weight", weight_shape), window, type, target.memory);
  if (shape.bias == Bias::kPresent) conv.bias = bind_tensor(target, scope, "bias", {shape.outputs});
  conv.window = std::move(window);
  conv.type = type;
  conv.inputs = shape.inputs;
  conv.outputs = shape.outputs;
  return conv;
}

GroupNorm bind_group_norm(const BindTarget& target, const WeightScope& scope, const GroupNormShape& shape) {
  GroupNorm norm;
  norm.weight = bind_tensor(target, scope, "weight", {shape.channels});
  norm.bias = bind_tensor(target, scope, "bias", {shape.channels});
  norm.groups = shape.groups;
  norm.epsilon = shape.epsilon;
  return norm;
}

}  // namespace odsora
