#include "tools/timed_ops.h"

namespace odsora {
namespace {

using Kind = OperationKind;

double multiply_adds_flops(int64_t results, int64_t depth) {
  return 2.0 * static_cast<double>(results) * static_cast<double>(depth);
}

double conv_flops(const Tensor& result, const Conv& conv) {
  return multiply_adds_flops(result.count(), conv.inputs * element_count(conv.window.kernel));
}

/// Adds the time until the scope ends.
class AddTime {
 public:
  explicit AddTime(Seconds& total) : total_(total) {}
  ~AddTime() { total_ += stopwatch_.elapsed(); }
  AddTime(const AddTime&) = delete;
  AddTime& operator=(const AddTime&) = delete;

 private:
  Seconds& total_;
  Stopwatch stopwatch_;
};

}  // namespace

const char* operation_kind_name(OperationKind kind) {
  switch (kind) {
    case Kind::kProduct: return "products";
    case Kind::kConvolution: return "convolutions";
    case Kind::kAttention: return "attention";
    case Kind::kNorm: return "norms";
    case Kind::kElementWise: return "element-wise";
  }
  return "?";
}

template <typename Body>
auto TimedOps::timed(OperationKind kind, double flops, const Body& body) {
  OperationTotals& totals = totals_.at(static_cast<size_t>(kind));
  totals.flops += flops;
  const AddTime until_return(totals.seconds);
  return body();
}

Tensor TimedOps::upload(const HostTensor& values, DType dtype) {
  return timed(Kind::kElementWise, 0, [&] { return ops_.upload(values, dtype); });
}

HostTensor TimedOps::download(const Tensor& x) {
  return timed(Kind::kElementWise, 0, [&] { return ops_.download(x); });
}

std::unique_ptr<PackedWeight> TimedOps::pack_linear(const HostArray& weight, DType type, WeightMemory& memory) {
  return ops_.pack_linear(weight, type, memory);
}

std::unique_ptr<PackedWeight> TimedOps::pack_conv(const HostArray& weight, const ConvWindow& window, DType type,
                                                  WeightMemory& memory) {
  return ops_.pack_conv(weight, window, type, memory);
}

Tensor TimedOps::linear(const Tensor& x, const Linear& linear, DType result, Activation activation) {
  const double flops = multiply_adds_flops(x.rows() * linear.outputs, linear.inputs);
  return timed(Kind::kProduct, flops, [&] { return ops_.linear(x, linear, result, activation); });
}

Tensor TimedOps::conv(const Tensor& x, const Conv& conv, DType result) {
  Tensor y = timed(Kind::kConvolution, 0, [&] { return ops_.conv(x, conv, result); });
  totals_.at(static_cast<size_t>(Kind::kConvolution)).flops += conv_flops(y, conv);
  return y;
}

void TimedOps::conv_rows(const Tensor& x, const Conv& conv, RowPadding padding, Tensor& result) {
  timed(Kind::kConvolution, conv_flops(result, conv), [&] { ops_.conv_rows(x, conv, padding, result); });
}

Tensor TimedOps::attention(const AttentionInputs& inputs) {
  const Tensor& query = inputs.query.tensor;
  const int64_t keys = inputs.key.tensor.dim(static_cast<size_t>(inputs.token_axis));
  const double flops = 2 * multiply_adds_flops(query.rows() * query.channels() / inputs.query.parts, keys);
  return timed(Kind::kAttention, flops, [&] { return ops_.attention(inputs); });
}

Tensor TimedOps::layer_norm_modulate(const Tensor& x, const Modulation& modulation, int shift_part, int scale_part,
                                     float epsilon) {
  return timed(Kind::kNorm, 0,
               [&] { return ops_.layer_norm_modulate(x, modulation, shift_part, scale_part, epsilon); });
}

Tensor TimedOps::rms_norm(const Tensor& x, const Tensor& weight, float epsilon, DType result) {
  return timed(Kind::kNorm, 0, [&] { return ops_.rms_norm(x, weight, epsilon, result); });
}

void TimedOps::norm_rotate_heads(Tensor& projection, const HeadNormRotation& how) {
  timed(Kind::kNorm, 0, [&] { ops_.norm_rotate_heads(projection, how); });
}

Tensor TimedOps::group_norm_affine(const Tensor& x, const GroupNorm& norm) {
  return timed(Kind::kNorm, 0, [&] { return ops_.group_norm_affine(x, norm); });
}

Tensor TimedOps::apply_affine(const Tensor& x, const Tensor& affine, Activation activation, DType result) {
  return timed(Kind::kNorm, 0, [&] { return ops_.apply_affine(x, affine, activation, result); });
}

void TimedOps::gate_add(Tensor& x, const FramesOf& y, const Modulation& modulation, int gate_part) {
  timed(Kind::kElementWise, 0, [&] { ops_.gate_add(x, y, modulation, gate_part); });
}

void TimedOps::add_frames(Tensor& x, const FramesOf& y) {
  timed(Kind::kElementWise, 0, [&] { ops_.add_frames(x, y); });
}

Tensor TimedOps::merge_frames(const Tensor& x, std::span<const FrameGroup> groups) {
  return timed(Kind::kElementWise, 0, [&] { return ops_.merge_frames(x, groups); });
}

void TimedOps::add(Tensor& x, const Tensor& y) {
  timed(Kind::kElementWise, 0, [&] { ops_.add(x, y); });
}

void TimedOps::multiply(Tensor& x, const Tensor& y) {
  timed(Kind::kElementWise, 0, [&] { ops_.multiply(x, y); });
}

Tensor TimedOps::silu(const Tensor& x) {
  return timed(Kind::kElementWise, 0, [&] { return ops_.silu(x); });
}

void TimedOps::assign(Tensor& target, const Tensor& source) {
  timed(Kind::kElementWise, 0, [&] { ops_.assign(target, source); });
}

Tensor TimedOps::convert(const Tensor& x, DType dtype) {
  return timed(Kind::kElementWise, 0, [&] { return ops_.convert(x, dtype); });
}

void TimedOps::join_quads(const Tensor& quads, int64_t first_row, Tensor& result) {
  timed(Kind::kElementWise, 0, [&] { ops_.join_quads(quads, first_row, result); });
}

Tensor TimedOps::depth_to_time(const Tensor& x) {
  return timed(Kind::kElementWise, 0, [&] { return ops_.depth_to_time(x); });
}

}  // namespace odsora
