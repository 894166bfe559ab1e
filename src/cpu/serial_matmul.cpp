#include "cpu/serial_matmul.h"

#include "cpu/cpu_context.h"
#include "cpu/create_primitive.h"
#include "cpu/onednn_version.h"
#include "cpu/parallel.h"

namespace odsora {
namespace {

dnnl::memory::desc layout(const MatmulShape& shape, DType type, int64_t rows, int64_t columns,
                          const MatrixStrides& strides) {
  if (shape.matrices == 1) return {{rows, columns}, onednn_type(type), {strides.row, strides.column}};
  return {{shape.matrices, rows, columns}, onednn_type(type), {strides.matrix, strides.row, strides.column}};
}

dnnl::matmul::primitive_desc describe(const dnnl::engine& engine, const MatmulShape& shape) {
  const ThreadCountScope alone(1);
  return onednn::describe_matmul(
      engine,
      {.source = layout(shape, shape.type, shape.rows, shape.depth, shape.left),
       .weights = layout(shape, shape.type, shape.depth, shape.columns, shape.right),
       .bias = {},
       .destination = layout(shape, shape.result_type, shape.rows, shape.columns, shape.result)},
      user_scratchpad());
}

dnnl::matmul create(const CpuContext& context, const dnnl::matmul::primitive_desc& description) {
  const ThreadCountScope alone(1);
  return create_primitive<dnnl::matmul>(context, description);
}

/// oneDNN's handles are not const, also for what is only read.
void point(dnnl::memory& memory, const void* data) { memory.set_data_handle(const_cast<void*>(data)); }

}  // namespace

SerialMatmul::SerialMatmul(const CpuContext& context, const MatmulShape& shape)
    : description_(describe(context.engine, shape)), primitive_(create(context, description_)) {}

SerialMatmul::Worker::Worker(const SerialMatmul& product, const dnnl::engine& engine)
    : product_(&product),
      stream_(engine),
      left_(product.description_.src_desc(), engine, nullptr),
      right_(product.description_.weights_desc(), engine, nullptr),
      result_(product.description_.dst_desc(), engine, nullptr),
      scratch_(product.description_.scratchpad_desc(), engine, nullptr),
      arguments_{
          {DNNL_ARG_SRC, left_}, {DNNL_ARG_WEIGHTS, right_}, {DNNL_ARG_DST, result_}, {DNNL_ARG_SCRATCHPAD, scratch_}} {
}

void SerialMatmul::Worker::run(const void* left, const void* right, void* result, void* scratch) {
  point(left_, left);
  point(right_, right);
  point(result_, result);
  point(scratch_, scratch);
  product_->primitive_.execute(stream_, arguments_);
}

}  // namespace odsora
