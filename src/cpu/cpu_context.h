// What the CPU's operations share.
#pragma once

#include <cstddef>
#include <dnnl.hpp>
#include <utility>

#include "base/dtype.h"
#include "cpu/primitive_log.h"
#include "hwy/aligned_allocator.h"
#include "nn/tensor.h"
#include "runtime/workspace.h"

namespace odsora {

struct CpuContext {
  Workspace& workspace;
  int threads = 1;
  /// Operations take memory as they would and compute nothing.
  bool dry_run = false;
  /// Receives every primitive that is created; or null.
  PrimitiveLog* log = nullptr;
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};

  /// Uninitialised.
  Tensor empty(DType dtype, Shape shape) {
    const auto bytes = static_cast<size_t>(element_count(shape)) * size_of(dtype);
    return {dtype, std::move(shape), workspace.allocate(bytes)};
  }

  /// Whoever creates a primitive says so here. Any thread may call.
  void note(const dnnl::primitive_desc_base& created) const {
    if (log != nullptr) log->add(created);
  }
};

/// Memory for passing use: aligned for every kernel, zeroed nowhere.
using PassingBytes = hwy::AlignedFreeUniquePtr<uint8_t[]>;

inline dnnl::memory::data_type onednn_type(DType dtype) {
  return dtype == DType::kBF16 ? dnnl::memory::data_type::bf16 : dnnl::memory::data_type::f32;
}

/// Attributes of every primitive here: scratch memory comes from the workspace.
inline dnnl::primitive_attr user_scratchpad() {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attributes;
}

}  // namespace odsora
