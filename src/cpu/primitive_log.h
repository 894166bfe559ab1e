// Which implementation oneDNN chose for each primitive that was created: a slow one is no error there, and shows here.
#pragma once

#include <dnnl.hpp>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/dtype.h"
#include "base/shape.h"

namespace odsora {

/// False for oneDNN's names of reference implementations ("ref:any", "gemm:ref"), and of convolutions by products of an
/// unfolded copy ("gemm:jit", which is a fast matmul).
bool is_fast(dnnl::primitive::kind kind, std::string_view implementation);

/// What a primitive reads or writes.
struct PrimitiveOperand {
  DType type = DType::kF32;
  Shape shape;  // in oneDNN's order: a convolution's channels are axis 1
};

struct LoggedPrimitive {
  dnnl::primitive::kind kind;  // matmul, convolution or reorder
  PrimitiveOperand source;
  PrimitiveOperand weights;  // without axes for a reorder
  PrimitiveOperand result;
  std::string implementation;  // oneDNN's name, e.g. "brg:avx512_core_bf16"
};

/// One line: kind, operands and implementation.
std::string to_string(const LoggedPrimitive& primitive);

/// One entry for each primitive, in the order of creation. Any thread may call.
class PrimitiveLog {
 public:
  void add(const dnnl::primitive_desc_base& description);
  std::vector<LoggedPrimitive> primitives() const;

 private:
  mutable std::mutex mutex_;
  std::vector<LoggedPrimitive> primitives_;
};

}  // namespace odsora
