#include "sampling/rectified_flow.h"

#include <cassert>
#include <optional>

#include "base/error.h"
#include "sampling/conditioning_mask.h"
#include "sampling/timesteps.h"

namespace odsora {
namespace {

// z += v · dt / 1000 where a frame moves.
void advance(HostTensor& z, const HostTensor& velocity, std::span<const float> dt, std::span<const uint8_t> moving) {
  const int64_t channels = z.dim(1), frames = z.dim(2);
  const int64_t plane = z.count() / (z.dim(0) * channels * frames);
  for (int64_t i = 0; i < z.count(); ++i) {
    const int64_t item = i / (channels * frames * plane);
    const int64_t frame = item * frames + i / plane % frames;
    if (!moving.empty() && moving[static_cast<size_t>(frame)] == 0) continue;
    z.data()[i] += velocity.data()[i] * (dt[static_cast<size_t>(item)] / kTrainTimesteps);
  }
}

std::vector<float> times_at(const FlowInputs& inputs, int step) {
  std::vector<float> times;
  for (const std::vector<float>& item : inputs.timesteps) times.push_back(item[static_cast<size_t>(step)]);
  return times;
}

// How far each item moves in a step that ends where step `to` begins, or at 0.
std::vector<float> distances(const FlowInputs& inputs, int step, std::optional<int> to) {
  std::vector<float> dt = times_at(inputs, step);
  if (!to) return dt;
  const std::vector<float> next = times_at(inputs, *to);
  for (size_t item = 0; item < dt.size(); ++item) dt[item] -= next[item];
  return dt;
}

// Merging changes the velocity more than the path's turning does, between steps that merge and those that don't. The
// authors' code does not look at that.
bool comparable(const FlowInputs& inputs, int step, int before) {
  return inputs.leap.rule == Leap::Rule::kAuthors || merge_alike(inputs.merging, step, before);
}

// What the step before left to compare with.
struct Before {
  int step;
  HostTensor velocity;
  std::vector<uint8_t> moving;
};

// Puts all that a path remembers back to where an earlier run left it.
Before go_on(FlowPosition& from, FlowInputs& inputs, LeapDecider& decider, std::optional<ConditioningMask>& mask) {
  const int step = decider.evaluated().at(static_cast<size_t>(from.evaluations) - 1);
  Before before = {.step = step, .velocity = std::move(from.velocity), .moving = {}};
  if (mask) {
    const std::vector<float> times = times_at(inputs, step);
    before.moving = mask->moving(times);
    mask->go_on_after(times);
  }
  decider.go_on(from.evaluations, from.straightness);
  inputs.z = std::move(from.z);
  return before;
}

}  // namespace

void check_leap_with_mask(const Leap& leap, std::span<const float> timesteps, std::span<const float> mask) {
  const auto steps = static_cast<int>(timesteps.size());
  const int last = evaluated_steps(leap, steps).back();
  if (last + 1 == steps) return;
  const float time = timesteps[static_cast<size_t>(last)];
  if (!ConditioningMask(mask).all_joined({&time, 1})) {
    fail(ErrorCode::kInvalidArgument, leap_name(leap), ": the last leap, at time ", time,
         ", would leave out frames that join the path later; ask for more evaluations");
  }
}

HostTensor run_rectified_flow(FlowInputs inputs, const VelocityFunction& velocity_at,
                              const std::function<void(const FlowState&)>& after_step) {
  HostTensor& z = inputs.z;
  const auto steps = static_cast<int>(inputs.timesteps.at(0).size());
  std::optional<ConditioningMask> mask;
  if (!inputs.mask.empty()) mask.emplace(inputs.mask);
  // A mask of ones is no mask: it would cost a second set of conditions and change nothing.
  if (mask && mask->all_free()) mask.reset();
  check_leap(inputs.leap, steps);
  const size_t frames = inputs.mask.size() / inputs.timesteps.size();
  for (size_t item = 0; mask && item < inputs.timesteps.size(); ++item) {
    check_leap_with_mask(inputs.leap, inputs.timesteps[item], std::span(inputs.mask).subspan(item * frames, frames));
  }
  LeapDecider decider(inputs.leap, steps);
  std::optional<Before> before;
  if (inputs.from) before = go_on(*inputs.from, inputs, decider, mask);

  const auto evaluations = static_cast<int>(decider.evaluated().size());
  for (int evaluation = inputs.from ? inputs.from->evaluations : 0; evaluation < evaluations; ++evaluation) {
    const int step = decider.evaluated()[static_cast<size_t>(evaluation)];
    const std::vector<float> now = times_at(inputs, step);
    std::vector<uint8_t> moving;
    if (mask) {
      moving = mask->moving(now);
      mask->add_noise_to_joining(z, inputs.noise(step), now, moving);
    }
    HostTensor velocity = velocity_at({.step = step, .z = z, .timesteps = now, .moving = moving});
    std::optional<double> cosine;
    if (before && (!mask || mask->all_joined(now)) && comparable(inputs, step, before->step)) {
      cosine = decider.cosine(
          {.now = velocity, .before = before->velocity, .moving_now = moving, .moving_before = before->moving});
    }
    const LeapDecision decision = decider.decide(cosine);
    const bool last = decision.ends_path || evaluation + 1 == evaluations;
    const std::optional<int> to =
        last ? std::nullopt : std::optional(decider.evaluated()[static_cast<size_t>(evaluation) + 1]);
    advance(z, velocity, distances(inputs, step, to), moving);
    before = {.step = step, .velocity = std::move(velocity), .moving = std::move(moving)};
    if (after_step) {
      after_step({.step = step,
                  .evaluations = evaluation + 1,
                  .most_evaluations = last ? evaluation + 1 : evaluations,
                  .z = z,
                  .velocity = before->velocity,
                  .moving = before->moving,
                  .timestep = now[0],
                  .next_timestep = to ? times_at(inputs, *to)[0] : 0.0F,
                  .cosine = cosine,
                  .decision = decision,
                  .next_may_be_last = !last && decider.next_may_leap()});
    }
    if (last) break;
  }
  return std::move(z);
}

}  // namespace odsora
