// Operations that measure themselves: where the time of a model goes.
#pragma once

#include <array>
#include <cstddef>

#include "base/units.h"
#include "nn/ops.h"

namespace odsora {

enum class OperationKind { kProduct, kConvolution, kAttention, kNorm, kElementWise };
constexpr size_t kOperationKinds = 5;

/// "products", "convolutions", "attention", "norms", "element-wise".
const char* operation_kind_name(OperationKind kind);

struct OperationTotals {
  Seconds seconds = 0;
  double flops = 0;  // of products, convolutions and attention; two for each multiply-add
};

/// Passes every call on to other operations, which must live longer, and adds up what it took.
class TimedOps final : public Ops {
 public:
  explicit TimedOps(Ops& ops) : ops_(ops) {}

  const OperationTotals& totals(OperationKind kind) const { return totals_.at(static_cast<size_t>(kind)); }
  void reset() { totals_ = {}; }

  DType compute_type() const override { return ops_.compute_type(); }
  Tensor empty(DType dtype, Shape shape) override { return ops_.empty(dtype, std::move(shape)); }
  Tensor upload(const HostTensor& values, DType dtype) override;
  HostTensor download(const Tensor& x) override;
  std::unique_ptr<PackedWeight> pack_linear(const HostArray& weight, DType type, WeightMemory& memory) override;
  std::unique_ptr<PackedWeight> pack_conv(const HostArray& weight, const ConvWindow& window, DType type,
                                          WeightMemory& memory) override;
  Tensor place(const HostTensor& values, WeightMemory& memory) override { return ops_.place(values, memory); }
  Tensor linear(const Tensor& x, const Linear& linear, DType result, Activation activation) override;
  Tensor conv(const Tensor& x, const Conv& conv, DType result) override;
  void conv_rows(const Tensor& x, const Conv& conv, RowPadding padding, Tensor& result) override;
  Tensor attention(const AttentionInputs& inputs) override;
  Tensor layer_norm_modulate(const Tensor& x, const Modulation& modulation, int shift_part, int scale_part,
                             float epsilon) override;
  Tensor rms_norm(const Tensor& x, const Tensor& weight, float epsilon, DType result) override;
  void norm_rotate_heads(Tensor& projection, const HeadNormRotation& how) override;
  Tensor group_norm_affine(const Tensor& x, const GroupNorm& norm) override;
  Tensor apply_affine(const Tensor& x, const Tensor& affine, Activation activation, DType result) override;
  void gate_add(Tensor& x, const FramesOf& y, const Modulation& modulation, int gate_part) override;
  void add_frames(Tensor& x, const FramesOf& y) override;
  Tensor merge_frames(const Tensor& x, std::span<const FrameGroup> groups) override;
  void add(Tensor& x, const Tensor& y) override;
  void multiply(Tensor& x, const Tensor& y) override;
  Tensor silu(const Tensor& x) override;
  void assign(Tensor& target, const Tensor& source) override;
  Tensor convert(const Tensor& x, DType dtype) override;
  void join_quads(const Tensor& quads, int64_t first_row, Tensor& result) override;
  Tensor depth_to_time(const Tensor& x) override;

 private:
  /// Calls `body` and adds its time.
  template <typename Body>
  auto timed(OperationKind kind, double flops, const Body& body);

  Ops& ops_;
  std::array<OperationTotals, kOperationKinds> totals_{};
};

}  // namespace odsora
