// Convolutions over channels-last pictures and videos.
#pragma once

#include <compare>
#include <map>

#include "cpu/cpu_context.h"
#include "cpu/onednn_version.h"
#include "nn/ops.h"

namespace odsora {

/// A weight [outputs, inputs, kernel...] in the layout that oneDNN chose for a typical picture. A picture whose fast
/// kernels cannot read that layout works on a copy in theirs.
struct PackedConv : PackedWeight {
  dnnl::memory::desc layout;
  std::byte* bytes = nullptr;  // in a WeightMemory
};

/// As Ops::pack_conv. Needs room for one converted copy of the weight while it runs. Throws Error(kBadModel) for a
/// format that is no weight's. Any thread may call: of the context it uses the engine and the log.
std::unique_ptr<PackedConv> pack_conv_weight(const CpuContext& context, const HostArray& weight,
                                             const ConvWindow& window, DType type, WeightMemory& memory);

/// What a window makes of x [items, (frames,) height, width, channels].
Shape shape_after(const Shape& x, int64_t outputs, const ConvWindow& window);

class OnednnConv {
 public:
  explicit OnednnConv(CpuContext& context) : context_(context) {}

  /// Ops::conv with another window of the same kernel and stride, into y of conv.type or f32.
  void run(const Tensor& x, const Conv& conv, const ConvWindow& window, Tensor& y);

 private:
  /// What a convolution's primitive was made for.
  struct Key {
    Shape x;
    int64_t outputs;
    std::vector<int64_t> kernel, stride, pad_before, pad_after;
    DType type, result;
    bool has_bias;
    auto operator<=>(const Key&) const = default;
  };
  struct Convolution {
    dnnl::convolution_forward::primitive_desc description;
    dnnl::convolution_forward primitive;
  };

  dnnl::convolution_forward::primitive_desc describe(onednn::ConvOperands operands, const Shape& weight,
                                                     DType type) const;
  const Convolution& convolution(const Key& key, const Conv& conv, const ConvWindow& window, const Shape& result_shape);

  CpuContext& context_;
  std::map<Key, Convolution> convolutions_;
};

}  // namespace odsora
