#include "cpu/cpu_ops.h"

#include <cstring>

#include "base/error.h"
#include "cpu/compute_threads.h"
#include "cpu/cpu_context.h"
#include "cpu/element_wise.h"
#include "cpu/fused_norm.h"
#include "cpu/group_norm.h"
#include "cpu/isa.h"
#include "cpu/onednn_attention.h"
#include "cpu/onednn_conv.h"
#include "cpu/onednn_linear.h"
#include "cpu/parallel.h"
#include "cpu/resample.h"

namespace odsora {
namespace {

int threads_of(const CpuOptions& options) { return options.threads > 0 ? options.threads : omp_get_num_procs(); }

class CpuOps final : public Ops {
 public:
  explicit CpuOps(const CpuOptions& options)
      : compute_type_(options.compute_type),
        cancel_(options.cancel),
        context_{.workspace = options.workspace,
                 .threads = threads_of(options),
                 .dry_run = options.dry_run,
                 .log = options.log} {
    assert(compute_type_ == DType::kF32 || (compute_type_ == DType::kBF16 && has_bf16()));
  }

  DType compute_type() const override { return compute_type_; }

  Tensor empty(DType dtype, Shape shape) override {
    const auto operation = begin();
    return context_.empty(dtype, std::move(shape));
  }

  Tensor upload(const HostTensor& values, DType dtype) override {
    const auto operation = begin();
    Tensor tensor = context_.empty(dtype, values.shape);
    if (context_.dry_run) return tensor;
    convert_elements(DType::kF32, reinterpret_cast<const std::byte*>(values.data()), dtype, tensor.bytes(),
                     values.count());
    return tensor;
  }

  HostTensor download(const Tensor& x) override {
    const auto operation = begin();
    HostTensor values(x.shape());
    if (context_.dry_run) return values;
    convert_elements(x.dtype(), x.bytes(), DType::kF32, reinterpret_cast<std::byte*>(values.data()), x.count());
    return values;
  }

  std::unique_ptr<PackedWeight> pack_linear(const HostArray& weight, DType type, WeightMemory& memory) override {
    stop_if_cancelled();
    return pack_linear_weight(context_, weight, type, memory);
  }

  std::unique_ptr<PackedWeight> pack_conv(const HostArray& weight, const ConvWindow& window, DType type,
                                          WeightMemory& memory) override {
    stop_if_cancelled();
    return pack_conv_weight(context_, weight, window, type, memory);
  }

  Tensor place(const HostTensor& values, WeightMemory& memory) override {
    stop_if_cancelled();
    std::byte* data = memory.allocate(static_cast<size_t>(element_count(values.shape)) * sizeof(float));
    if (data != nullptr && !values.values.empty()) {
      std::memcpy(data, values.data(), values.values.size() * sizeof(float));
    }
    return {DType::kF32, values.shape, data};
  }

  Tensor linear(const Tensor& x, const Linear& linear, DType result, Activation activation) override {
    const auto operation = begin();
    return linear_.run(x, linear, result, activation);
  }

  Tensor conv(const Tensor& x, const Conv& conv, DType result_type) override {
    const auto operation = begin();
    Tensor result = context_.empty(result_type, shape_after(x.shape(), conv.outputs, conv.window));
    convolve(x, conv, conv.window, result);
    return result;
  }

  void conv_rows(const Tensor& x, const Conv& conv, RowPadding padding, Tensor& result) override {
    const auto operation = begin();
    ConvWindow window = conv.window;
    window.pad_before[0] = padding.above;
    window.pad_after[0] = padding.below;
    convolve(x, conv, window, result);
  }

  Tensor attention(const AttentionInputs& inputs) override {
    const auto operation = begin();
    return attention_.run(inputs);
  }

  Tensor layer_norm_modulate(const Tensor& x, const Modulation& modulation, int shift_part, int scale_part,
                             float epsilon) override {
    const auto operation = begin();
    Tensor result = context_.empty(compute_type_, x.shape());
    if (!context_.dry_run)
      odsora::layer_norm_modulate(x, modulation, {.shift_part = shift_part, .scale_part = scale_part}, epsilon, result);
    return result;
  }

  Tensor rms_norm(const Tensor& x, const Tensor& weight, float epsilon, DType result_type) override {
    const auto operation = begin();
    Tensor result = context_.empty(result_type, x.shape());
    if (!context_.dry_run) odsora::rms_norm(x, weight, epsilon, result);
    return result;
  }

  void norm_rotate_heads(Tensor& projection, const HeadNormRotation& how) override {
    const auto operation = begin();
    if (!context_.dry_run) odsora::norm_rotate_heads(projection, how);
  }

  Tensor group_norm_affine(const Tensor& x, const GroupNorm& norm) override {
    const auto operation = begin();
    Tensor affine = context_.empty(DType::kF32, {x.dim(0), 2, x.channels()});
    if (!context_.dry_run) odsora::group_norm_affine(x, norm, context_.workspace, affine);
    return affine;
  }

  Tensor apply_affine(const Tensor& x, const Tensor& affine, Activation activation, DType result_type) override {
    const auto operation = begin();
    Tensor result = context_.empty(result_type, x.shape());
    if (!context_.dry_run) odsora::apply_affine(x, affine, activation, result);
    return result;
  }

  void gate_add(Tensor& x, const FramesOf& y, const Modulation& modulation, int gate_part) override {
    const auto operation = begin();
    if (!context_.dry_run) odsora::gate_add(x, y, modulation, gate_part);
  }

  void add_frames(Tensor& x, const FramesOf& y) override {
    const auto operation = begin();
    if (!context_.dry_run) odsora::add_frames(x, y);
  }

  Tensor merge_frames(const Tensor& x, std::span<const FrameGroup> groups) override {
    const auto operation = begin();
    Tensor result = context_.empty(compute_type_, {static_cast<int64_t>(groups.size()), x.dim(1), x.dim(2)});
    if (!context_.dry_run) odsora::merge_frames(x, groups, result);
    return result;
  }

  void add(Tensor& x, const Tensor& y) override {
    const auto operation = begin();
    if (!context_.dry_run) odsora::add(x, y);
  }

  void multiply(Tensor& x, const Tensor& y) override {
    const auto operation = begin();
    if (!context_.dry_run) odsora::multiply(x, y);
  }

  Tensor silu(const Tensor& x) override {
    const auto operation = begin();
    Tensor result = context_.empty(DType::kF32, x.shape());
    if (!context_.dry_run) activate(x, Activation::kSilu, result);
    return result;
  }

  void assign(Tensor& target, const Tensor& source) override {
    const auto operation = begin();
    if (!context_.dry_run) odsora::convert(source, target);
  }

  Tensor convert(const Tensor& x, DType dtype) override {
    const auto operation = begin();
    if (x.dtype() == dtype) return x.view(x.shape());
    Tensor result = context_.empty(dtype, x.shape());
    if (!context_.dry_run) odsora::convert(x, result);
    return result;
  }

  void join_quads(const Tensor& quads, int64_t first_row, Tensor& result) override {
    const auto operation = begin();
    if (!context_.dry_run) odsora::join_quads(quads, first_row, result);
  }

  Tensor depth_to_time(const Tensor& x) override {
    const auto operation = begin();
    Tensor result = context_.empty(x.dtype(), {x.dim(0), 2 * x.dim(1), x.dim(2), x.dim(3), x.dim(4) / 2});
    if (!context_.dry_run) odsora::depth_to_time(x, result);
    return result;
  }

 private:
  /// Opens every operation: throws Cancelled if asked to, and sets the number of threads until the scope ends.
  ThreadCountScope begin() const {
    stop_if_cancelled();
    return ThreadCountScope(context_.threads);
  }

  void stop_if_cancelled() const {
    if (cancel_ != nullptr && cancel_->requested()) throw Cancelled{};
  }

  void convolve(const Tensor& x, const Conv& conv, const ConvWindow& window, Tensor& result) {
    if (result.dtype() == conv.type || result.dtype() == DType::kF32) {
      conv_.run(x, conv, window, result);
      return;
    }
    // oneDNN has no convolution of f32 into bf16.
    Tensor exact = context_.empty(DType::kF32, result.shape());
    conv_.run(x, conv, window, exact);
    if (!context_.dry_run) odsora::convert(exact, result);
  }

  DType compute_type_;
  const CancelToken* cancel_;
  CpuContext context_;
  OnednnLinear linear_{context_};
  OnednnConv conv_{context_};
  OnednnAttention attention_{context_};
};

}  // namespace

std::unique_ptr<Ops> make_cpu_ops(const CpuOptions& options) {
  apply_isa_limit();
  if (!options.dry_run) require_compute_threads(threads_of(options));
  return std::make_unique<CpuOps>(options);
}

}  // namespace odsora
