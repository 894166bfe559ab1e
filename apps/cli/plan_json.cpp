#include "plan_json.h"

namespace odsora_cli {

nlohmann::ordered_json plan_json(const odsora::Plan& plan) {
  nlohmann::ordered_json phases = nlohmann::ordered_json::array();
  for (const odsora::PlannedPhase& phase : plan.phases) {
    phases.push_back({{"phase", odsora::phase_name(phase.phase)},
                      {"peak_bytes", phase.peak_bytes},
                      {"bytes_read", phase.bytes_read},
                      {"blocks", phase.blocks},
                      {"blocks_kept", phase.blocks_kept},
                      {"seconds", phase.seconds}});
  }
  return {{"memory_limit", plan.memory_limit}, {"least_memory_limit", plan.least_memory_limit},
          {"peak_bytes", plan.peak_bytes()},   {"bytes_read", plan.bytes_read()},
          {"seconds", plan.seconds()},         {"phases", phases}};
}

}  // namespace odsora_cli
