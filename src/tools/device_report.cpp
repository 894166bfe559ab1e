#include "tools/device_report.h"

#include <omp.h>

#include <cstdlib>

#include "base/available_memory.h"
#include "cpu/isa.h"
#include "cpu/kernels_in_use.h"
#include "cpu/processor.h"

namespace odsora {
namespace {

struct KnownInstructions {
  InstructionSet set;
  const char* name;
  const char* flag;  // the system's name
};

constexpr KnownInstructions kKnown[] = {{InstructionSet::kAvx2, "AVX2", "avx2"},
                                        {InstructionSet::kAvx512, "AVX-512", "avx512f"},
                                        {InstructionSet::kAvx512Bf16, "AVX512-BF16", "avx512_bf16"},
                                        {InstructionSet::kAmxBf16, "AMX-BF16", "amx_bf16"}};

std::vector<ReportedInstructions> instructions_of(const Processor& processor) {
  std::vector<ReportedInstructions> instructions;
  for (const KnownInstructions& known : kKnown) {
    const bool used = in_use(known.set);
    instructions.push_back({.name = known.name, .present = used || processor.has(known.flag), .used = used});
  }
  return instructions;
}

}  // namespace

DeviceReport report_device() {
  const std::optional<Isa> limit = isa_limit();
  const DType compute_type = resolve_precision(Precision::kAuto);
  const Processor processor = this_processor();
  const KernelsInUse kernels = kernels_in_use(compute_type);
  const char* const wait_policy = std::getenv("OMP_WAIT_POLICY");
  DeviceReport report;
  report.processor = processor.name;
  report.cores = omp_get_num_procs();
  report.instructions = instructions_of(processor);
  if (limit) report.instruction_limit = name_of(*limit);
  report.precision = compute_type == DType::kBF16 ? Precision::kBF16 : Precision::kF32;
  report.precision_reason = automatic_precision_reason();
  report.product_kernel = kernels.product;
  report.convolution_kernel = kernels.convolution;
  report.element_wise_target = kernels.element_wise;
  if (wait_policy != nullptr) report.wait_policy = wait_policy;
  report.memory_available = available_memory(MemoryFiles{}, resource_limits());
  report.memory_limit = default_memory_limit();
  report.onednn_version = onednn_version();
  report.highway_version = highway_version();
  return report;
}

}  // namespace odsora
