#include "cpu/primitive_log.h"

#include <utility>

#include "base/error.h"
#include "cpu/onednn_version.h"

namespace odsora {
namespace {

PrimitiveOperand operand_of(const dnnl::memory::desc& layout) {
  const bool is_bf16 = onednn::data_type_of(layout) == dnnl::memory::data_type::bf16;
  return {.type = is_bf16 ? DType::kBF16 : DType::kF32, .shape = onednn::dimensions_of(layout)};
}

std::string describe(const PrimitiveOperand& operand) {
  return join(name_of(operand.type), " ", to_string(operand.shape));
}

const char* kind_name(dnnl::primitive::kind kind) {
  switch (kind) {
    case dnnl::primitive::kind::matmul: return "matmul";
    case dnnl::primitive::kind::convolution: return "convolution";
    case dnnl::primitive::kind::reorder: return "reorder";
    default: return "primitive";
  }
}

}  // namespace

bool is_fast(dnnl::primitive::kind kind, std::string_view implementation) {
  if (implementation.find("ref") != std::string_view::npos) return false;
  return kind != dnnl::primitive::kind::convolution || !implementation.starts_with("gemm");
}

std::string to_string(const LoggedPrimitive& primitive) {
  const std::string weights = primitive.weights.shape.empty() ? "" : join(" x ", describe(primitive.weights));
  return join(kind_name(primitive.kind), " ", describe(primitive.source), weights, " to ", describe(primitive.result),
              ": ", primitive.implementation);
}

void PrimitiveLog::add(const dnnl::primitive_desc_base& description) {
  LoggedPrimitive primitive = {.kind = description.get_kind(),
                               .source = operand_of(description.query_md(dnnl::query::src_md)),
                               .weights = {},
                               .result = operand_of(description.query_md(dnnl::query::dst_md)),
                               .implementation = description.impl_info_str()};
  if (primitive.kind != dnnl::primitive::kind::reorder) {
    primitive.weights = operand_of(description.query_md(dnnl::query::weights_md));
  }
  const std::lock_guard lock(mutex_);
  primitives_.push_back(std::move(primitive));
}

std::vector<LoggedPrimitive> PrimitiveLog::primitives() const {
  const std::lock_guard lock(mutex_);
  return primitives_;
}

}  // namespace odsora
