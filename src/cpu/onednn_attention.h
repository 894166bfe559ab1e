// Attention, one task at a time: its heads are copied together, then two products with a softmax between them.
#pragma once

#include <compare>
#include <map>

#include "cpu/cpu_context.h"
#include "cpu/serial_matmul.h"
#include "nn/ops.h"

namespace odsora {

class OnednnAttention {
 public:
  explicit OnednnAttention(CpuContext& context) : context_(context) {}

  /// As Ops::attention. Each task is some heads or some query rows of one sequence, chosen by the shapes alone so that
  /// its scores stay in a core's cache; one thread computes a task.
  Tensor run(const AttentionInputs& inputs);

 private:
  /// What the products of a task were made for.
  struct Shapes {
    int64_t heads, rows, keys, head_size;
    DType type;
    auto operator<=>(const Shapes&) const = default;
  };
  struct Products {
    SerialMatmul scores;  // query · keyᵀ, in f32
    SerialMatmul output;  // exponentials · value, in f32
  };
  class Tasks;

  const Products& products(const Shapes& shapes);

  CpuContext& context_;
  std::map<Shapes, Products> products_;
};

}  // namespace odsora
