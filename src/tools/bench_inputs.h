// Weights and inputs of bench cases: random, of the size that a trained model has.
#pragma once

#include "nn/ops.h"
#include "runtime/weight_memory.h"

namespace odsora {

/// About -1 to 1.
HostTensor random_values(Shape shape);

/// As random_values(), on the device.
Tensor random_input(Ops& ops, DType dtype, Shape shape);

/// One layer and the memory of its weights, in the compute type.
struct RandomLinear {
  GrowingWeightMemory memory;
  Linear linear;

  RandomLinear(Ops& ops, int64_t inputs, int64_t outputs, bool with_bias);
};

struct RandomConv {
  GrowingWeightMemory memory;
  Conv conv;

  RandomConv(Ops& ops, int64_t inputs, int64_t outputs, ConvWindow window);
};

}  // namespace odsora
