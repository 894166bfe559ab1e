// The sampler: follows a velocity field from noise to data in straight steps (Liu et al. 2022).
//
// It knows no model: it is given a function that returns the (guided) velocity.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "base/host_tensor.h"
#include "odsora/odsora.h"
#include "techniques/linear_proportional_leap.h"
#include "techniques/temporal_token_merging.h"

namespace odsora {

struct VelocityQuery {
  int step = 0;                      // of the path, from 0
  const HostTensor& z;               // [batch, channels, frames, height, width]
  std::span<const float> timesteps;  // [batch], 0 … 1000
  /// [batch * frames]: 1 where a frame moves, 0 where it is held; empty when all move.
  std::span<const uint8_t> moving;
};

/// → v = x_data − noise, of z's shape.
using VelocityFunction = std::function<HostTensor(const VelocityQuery&)>;

/// Where a path was left after a step: enough to go on from, to the bit.
struct FlowPosition {
  int evaluations = 0;  // done, at least one
  HostTensor z;
  HostTensor velocity;  // of the last evaluation
  Straightness straightness;
};

/// What is known after a step.
struct FlowState {
  int step = 0;              // of the path, from 0, that was evaluated
  int evaluations = 0;       // done
  int most_evaluations = 0;  // of this run, as far as is known: equal to `evaluations` after the last one
  const HostTensor& z;
  const HostTensor& velocity;       // of this step, of z's shape
  std::span<const uint8_t> moving;  // in this step, as in VelocityQuery
  float timestep = 0;               // at which the step began, of the first item
  float next_timestep = 0;          // at which it ended: 0 after the last
  std::optional<double> cosine;     // of its velocity and the one before, where they can be compared
  const LeapDecision& decision;     // what was made of it
  bool next_may_be_last = false;

  FlowPosition position() const {
    return {.evaluations = evaluations, .z = z, .velocity = velocity, .straightness = decision.straightness};
  }
};

struct FlowInputs {
  HostTensor z;                               // the starting noise, with given frames put in
  std::vector<std::vector<float>> timesteps;  // [batch][steps], from timesteps()
  std::vector<float> mask = {};               // [batch * frames] (conditioning_mask.h), or empty: every frame moves
  /// Fresh normal noise of z's shape for a step; asked only with a mask.
  std::function<HostTensor(int step)> noise = {};
  Leap leap = {};
  TokenMerging merging = {};  // that the velocities come from: those of steps that merge otherwise are not compared
  /// Where an earlier run of these inputs was left; its z counts, not the one above.
  std::optional<FlowPosition> from = {};
};

/// Throws Error(kInvalidArgument) when the last leap over a path of these times would leave out a frame that joins it
/// later; `mask` are the values of some frames (conditioning_mask.h).
void check_leap_with_mask(const Leap& leap, std::span<const float> timesteps, std::span<const float> mask);

/// z after all steps: z ← z + v · (t_i − t_{i+1}) / 1000, the last step ending at 0. Calls `after_step` after each.
/// A leap goes on to a later t or to 0. One decision holds for the whole batch, and while a frame has yet to join LPL
/// leaves no path. Throws Error(kInvalidArgument) when there cannot be as many evaluations as were asked for, or when
/// the last of them would leave such a frame out.
HostTensor run_rectified_flow(FlowInputs inputs, const VelocityFunction& velocity,
                              const std::function<void(const FlowState&)>& after_step = {});

}  // namespace odsora
