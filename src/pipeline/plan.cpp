// What a plan tells in all.
#include <algorithm>

#include "odsora/odsora.h"

namespace odsora {

const char* phase_name(Phase phase) {
  switch (phase) {
    case Phase::kTextEncoding: return "text";
    case Phase::kConditioning: return "conditioning";
    case Phase::kDenoising: return "denoising";
    case Phase::kDecoding: return "decoding";
  }
  return "?";
}

const PlannedPhase& Plan::phase(Phase which) const {
  static const PlannedPhase kNone = {};
  const auto found =
      std::find_if(phases.begin(), phases.end(), [which](const PlannedPhase& phase) { return phase.phase == which; });
  return found == phases.end() ? kNone : *found;
}

uint64_t Plan::peak_bytes() const {
  uint64_t most = 0;
  for (const PlannedPhase& phase : phases) most = std::max(most, phase.peak_bytes);
  return most;
}

uint64_t Plan::bytes_read() const {
  uint64_t all = 0;
  for (const PlannedPhase& phase : phases) all += phase.bytes_read;
  return all;
}

double Plan::seconds() const {
  double all = 0;
  for (const PlannedPhase& phase : phases) all += phase.seconds;
  return all;
}

}  // namespace odsora
