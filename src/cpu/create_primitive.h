// The one place where oneDNN makes kernels.
#pragma once

#include <dnnl.hpp>
#include <new>

#include "cpu/cpu_context.h"
#include "runtime/pages.h"

namespace odsora {

/// oneDNN writes the code of a kernel where it was given memory for it, and also where it was not: without this check
/// the process dies there when a limit of the system (ulimit -d, -v) is reached. Throws std::bad_alloc.
inline void require_memory_for_kernels() {
  // Several times what the kernels of one primitive were seen to take; asking costs microseconds and nothing is used.
  constexpr size_t kMostBytes = size_t{32} << 20;
  release_pages(allocate_pages(kMostBytes), kMostBytes);
}

/// Throws std::bad_alloc, also where oneDNN reports it in its own way.
template <typename Primitive>
Primitive create_primitive(const CpuContext& context, const typename Primitive::primitive_desc& description) {
  require_memory_for_kernels();
  context.note(description);
  try {
    return Primitive(description);
  } catch (const dnnl::error& error) {
    if (error.status == dnnl_out_of_memory) throw std::bad_alloc();
    throw;
  }
}

}  // namespace odsora
