// The workspace and the budget of one phase: its memory is granted as a whole and returns with the scope.
#pragma once

#include <string>

#include "pipeline/memory_plan.h"
#include "pipeline/pipeline.h"

namespace odsora {

class PhaseMemory {
 public:
  PhaseMemory(const PhasePlan& plan, const PipelineMeans& means)
      : means_(means),
        lease_(means.budget.reserve(plan.activations + plan.needs.host,
                                    std::string("activations of ") + phase_name(plan.needs.phase))) {
    means_.workspace.set_capacity(plan.activations);
  }
  ~PhaseMemory() { means_.workspace.release_unused(); }
  PhaseMemory(const PhaseMemory&) = delete;
  PhaseMemory& operator=(const PhaseMemory&) = delete;

 private:
  const PipelineMeans& means_;
  MemoryLease lease_;
};

}  // namespace odsora
