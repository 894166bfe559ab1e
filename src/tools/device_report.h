// Which compute path this process takes, and why.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/units.h"
#include "odsora/odsora.h"

namespace odsora {

/// One that decides which kernels run.
struct ReportedInstructions {
  std::string name;  // "AVX512-BF16"
  bool present;      // this processor has it
  bool used;         // and no limit forbids it
};

struct DeviceReport {
  std::string device = "cpu";  // the only one there is
  std::string processor;       // its name; empty where the system does not tell
  int cores = 0;               // that the process may use; as many compute threads, unless a request says otherwise
  std::vector<ReportedInstructions> instructions;  // from the oldest to the newest
  std::optional<std::string> instruction_limit;    // the value of ODSORA_MAX_ISA
  Precision precision = Precision::kF32;           // that kAuto takes here
  std::string precision_reason;
  std::string product_kernel, convolution_kernel;  // oneDNN's names, in that precision
  std::string element_wise_target;                 // Highway's name
  std::optional<std::string> wait_policy;          // OMP_WAIT_POLICY, which says whether idle threads sleep
  std::optional<Bytes> memory_available;           // to this process; absent where the system does not tell
  Bytes memory_limit = 0;                          // that is taken when a request names none
  std::string onednn_version, highway_version;
};

/// Throws Error(kInvalidArgument) for a bad ODSORA_MAX_ISA.
DeviceReport report_device();

}  // namespace odsora
