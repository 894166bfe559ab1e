// Linear layers: products with packed weights.
#pragma once

#include <compare>
#include <map>

#include "cpu/cpu_context.h"
#include "cpu/packed_linear.h"
#include "cpu/serial_matmul.h"
#include "nn/ops.h"

namespace odsora {

class OnednnLinear {
 public:
  explicit OnednnLinear(CpuContext& context) : context_(context) {}

  /// As Ops::linear.
  Tensor run(const Tensor& x, const Linear& linear, DType result, Activation activation);

 private:
  /// What a product's primitive was made for.
  struct Key {
    int64_t rows, inputs, outputs;
    DType type, result;
    bool has_bias;
    auto operator<=>(const Key&) const = default;
  };
  struct Product {
    dnnl::matmul::primitive_desc description;
    dnnl::matmul primitive;
  };

  /// oneDNN divides the work: its packed kernels give the same bytes for every number of threads.
  void run_packed(const Tensor& x, const Linear& linear, Tensor& result);
  /// Some rows at a time, activated while they are hot: beside AMX products oneDNN's own activations are too slow
  /// (docs/performance.md).
  void run_activated(const Tensor& x, const Linear& linear, Activation activation, Tensor& result);
  /// We divide the work into fixed tiles: for plain layouts oneDNN's own division changes sums.
  void run_tiled(const Tensor& x, const Linear& linear, Activation activation, Tensor& result);
  const Product& product(const Key& key, const PackedLinear& weight);
  const SerialMatmul& tile(const MatmulShape& shape);

  CpuContext& context_;
  std::map<Key, Product> products_;
  std::map<MatmulShape, SerialMatmul> tiles_;
};

}  // namespace odsora
