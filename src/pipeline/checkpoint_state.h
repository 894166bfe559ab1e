// The numbers beside the tensors in a checkpoint's files, as JSON.
#pragma once

#include <string>
#include <vector>

#include "odsora/odsora.h"
#include "techniques/linear_proportional_leap.h"

namespace odsora {

struct CheckpointState {
  int clip = 0;         // from 0
  int evaluations = 0;  // of that clip; those of a clip that is denoised are not told
  Straightness straightness = {};
  bool in_f32 = false;                   // since a step failed in the compute type
  std::vector<DenoisingStep> path = {};  // of all clips so far
};

std::string to_json(const CheckpointState& state);

/// Throws Error(kInvalidArgument) naming `source` and field.
CheckpointState parse_checkpoint_state(const std::string& json, const std::string& source);

}  // namespace odsora
