// The operations of nn/ops.h on the CPU.
#pragma once

#include <memory>

#include "nn/ops.h"
#include "odsora/odsora.h"
#include "runtime/workspace.h"

namespace odsora {

class PrimitiveLog;

struct CpuOptions {
  /// F32, or BF16 where has_bf16() (cpu/isa.h).
  DType compute_type = DType::kF32;
  /// 0: one for each core the process may use. Results do not depend on it.
  int threads = 0;
  /// Of all activations and scratch memory; must live longer.
  Workspace& workspace;
  /// Operations take memory as they would, compute nothing and give uninitialised results; download() gives zeros. A
  /// model that runs so, with weights that were only measured, shows the workspace's peak without making it resident.
  bool dry_run = false;
  /// Makes the next operation throw Cancelled once requested; or null. Must live longer.
  const CancelToken* cancel = nullptr;
  /// Receives every oneDNN primitive that is created (cpu/primitive_log.h); or null. Must live longer.
  PrimitiveLog* log = nullptr;
};

/// One thread calls at a time, except for pack_linear, pack_conv and place, which may run beside any other operation.
/// Throws Error(kInvalidArgument) for a bad ODSORA_MAX_ISA, Error(kUnsupported) when the system does not start so many
/// threads.
std::unique_ptr<Ops> make_cpu_ops(const CpuOptions& options);

}  // namespace odsora
