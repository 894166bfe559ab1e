// What differs between oneDNN 2.x (Debian 12) and 3.x; everything else is written once.
#pragma once

#include <dnnl.hpp>

namespace odsora::onednn {

/// The operands of a matrix product; a bias of no dimensions means none.
struct MatmulOperands {
  dnnl::memory::desc source;
  dnnl::memory::desc weights;
  dnnl::memory::desc bias;
  dnnl::memory::desc destination;
};

/// The operands and the window of a convolution; a bias of no dimensions means none.
struct ConvOperands {
  dnnl::memory::desc source;
  dnnl::memory::desc weights;
  dnnl::memory::desc bias;
  dnnl::memory::desc destination;
  dnnl::memory::dims stride;
  dnnl::memory::dims pad_before;
  dnnl::memory::dims pad_after;
};

#if DNNL_VERSION_MAJOR >= 3

/// True when the layout is one that only oneDNN's packed kernels read.
inline bool is_blocked(const dnnl::memory::desc& layout) { return layout.get_inner_nblks() > 0; }

inline dnnl::memory::dims dimensions_of(const dnnl::memory::desc& layout) { return layout.get_dims(); }
inline dnnl::memory::data_type data_type_of(const dnnl::memory::desc& layout) { return layout.get_data_type(); }

inline dnnl::matmul::primitive_desc describe_matmul(const dnnl::engine& engine, const MatmulOperands& of,
                                                    const dnnl::primitive_attr& attributes) {
  if (of.bias.get_ndims() == 0) return {engine, of.source, of.weights, of.destination, attributes};
  return {engine, of.source, of.weights, of.bias, of.destination, attributes};
}

/// Empty when no implementation takes these operands.
inline dnnl::convolution_forward::primitive_desc describe_conv(const dnnl::engine& engine, const ConvOperands& of,
                                                               const dnnl::primitive_attr& attributes) {
  constexpr auto kind = dnnl::prop_kind::forward_inference;
  constexpr auto algorithm = dnnl::algorithm::convolution_direct;
  if (of.bias.get_ndims() == 0) {
    return {engine,    kind,          algorithm,    of.source,  of.weights, of.destination,
            of.stride, of.pad_before, of.pad_after, attributes, true};
  }
  return {engine,         kind,      algorithm,     of.source,    of.weights, of.bias,
          of.destination, of.stride, of.pad_before, of.pad_after, attributes, true};
}

#else

/// True when the layout is one that only oneDNN's packed kernels read.
inline bool is_blocked(const dnnl::memory::desc& layout) {
  return layout.data.format_kind == dnnl_blocked && layout.data.format_desc.blocking.inner_nblks > 0;
}

inline dnnl::memory::dims dimensions_of(const dnnl::memory::desc& layout) { return layout.dims(); }
inline dnnl::memory::data_type data_type_of(const dnnl::memory::desc& layout) { return layout.data_type(); }

inline dnnl::matmul::primitive_desc describe_matmul(const dnnl::engine& engine, const MatmulOperands& of,
                                                    const dnnl::primitive_attr& attributes) {
  if (of.bias.data.ndims == 0) return {{of.source, of.weights, of.destination}, attributes, engine};
  return {{of.source, of.weights, of.bias, of.destination}, attributes, engine};
}

/// Empty when no implementation takes these operands.
inline dnnl::convolution_forward::primitive_desc describe_conv(const dnnl::engine& engine, const ConvOperands& of,
                                                               const dnnl::primitive_attr& attributes) {
  using Convolution = dnnl::convolution_forward;
  constexpr auto kind = dnnl::prop_kind::forward_inference;
  constexpr auto algorithm = dnnl::algorithm::convolution_direct;
  const Convolution::desc wanted = of.bias.data.ndims == 0
                                       ? Convolution::desc(kind, algorithm, of.source, of.weights, of.destination,
                                                           of.stride, of.pad_before, of.pad_after)
                                       : Convolution::desc(kind, algorithm, of.source, of.weights, of.bias,
                                                           of.destination, of.stride, of.pad_before, of.pad_after);
  return {wanted, attributes, engine, true};
}

#endif

}  // namespace odsora::onednn
