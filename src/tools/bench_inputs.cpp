#include "tools/bench_inputs.h"

#include <cmath>
#include <utility>

#include "tools/synthesize_values.h"

namespace odsora {
namespace {

HostArray random_array(DType dtype, Shape shape, float deviation) {
  HostArray array(dtype, std::move(shape));
  fill_values({.seed = 0, .tensor = "bench"}, {.mean = 0, .deviation = deviation, .exact = {}}, dtype, 0,
              {array.bytes.get(), array.byte_count()});
  return array;
}

/// A sum over `inputs` products then has about the size of one of them.
float weight_deviation(int64_t inputs) { return 1.0F / std::sqrt(static_cast<float>(inputs)); }

}  // namespace

HostTensor random_values(Shape shape) { return to_f32(random_array(DType::kF32, std::move(shape), 0.5F)); }

Tensor random_input(Ops& ops, DType dtype, Shape shape) { return ops.upload(random_values(std::move(shape)), dtype); }

RandomLinear::RandomLinear(Ops& ops, int64_t inputs, int64_t outputs, bool with_bias) {
  const HostArray weight = random_array(DType::kBF16, {outputs, inputs}, weight_deviation(inputs));
  linear = {.weight = ops.pack_linear(weight, ops.compute_type(), memory),
            .bias = with_bias ? ops.place(random_values({outputs}), memory) : Tensor(),
            .type = ops.compute_type(),
            .inputs = inputs,
            .outputs = outputs};
}

RandomConv::RandomConv(Ops& ops, int64_t inputs, int64_t outputs, ConvWindow window) {
  Shape shape = {outputs, inputs};
  shape.insert(shape.end(), window.kernel.begin(), window.kernel.end());
  const HostArray weight = random_array(DType::kBF16, shape, weight_deviation(inputs * element_count(window.kernel)));
  conv = {.weight = ops.pack_conv(weight, window, ops.compute_type(), memory),
          .bias = ops.place(random_values({outputs}), memory),
          .window = std::move(window),
          .type = ops.compute_type(),
          .inputs = inputs,
          .outputs = outputs};
}

}  // namespace odsora
