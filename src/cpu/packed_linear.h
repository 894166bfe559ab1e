// Weights of linear layers in the layout that oneDNN multiplies fastest with.
#pragma once

#include <memory>

#include "cpu/cpu_context.h"
#include "nn/ops.h"

namespace odsora {

/// A weight [outputs, inputs], transposed and in the layout that oneDNN chose for it, which serves every row count.
struct PackedLinear : PackedWeight {
  dnnl::memory::desc layout;   // [inputs, outputs]
  int64_t row = 0;             // elements from one input to the next where the layout is plain
  std::byte* bytes = nullptr;  // in a WeightMemory
};

/// As Ops::pack_linear. Needs a few megabytes beyond the result while it runs. Throws Error(kBadModel) for a format
/// that is no weight's. Any thread may call: of the context it uses the engine and the log.
std::unique_ptr<PackedLinear> pack_linear_weight(const CpuContext& context, const HostArray& weight, DType type,
                                                 WeightMemory& memory);

}  // namespace odsora
