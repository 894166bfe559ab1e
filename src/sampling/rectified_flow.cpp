#include "sampling/rectified_flow.h"

#include <optional>

#include "sampling/conditioning_mask.h"

namespace odsora {
namespace {

constexpr float kTrainTimesteps = 1000.0F;

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

}  // namespace

HostTensor run_rectified_flow(FlowInputs inputs, const VelocityFunction& velocity,
                              const std::function<void(const FlowState&)>& after_step) {
  HostTensor& z = inputs.z;
  const size_t batch = inputs.timesteps.size();
  const auto steps = static_cast<int>(inputs.timesteps.at(0).size());
  std::optional<ConditioningMask> mask;
  if (!inputs.mask.empty()) mask.emplace(inputs.mask);
  // A mask of ones is no mask: it would cost a second set of conditions and change nothing.
  if (mask && mask->all_free()) mask.reset();

  for (int step = 0; step < steps; ++step) {
    std::vector<float> now(batch), dt(batch);
    for (size_t item = 0; item < batch; ++item) {
      const std::vector<float>& times = inputs.timesteps[item];
      const auto i = static_cast<size_t>(step);
      now[item] = times[i];
      dt[item] = times[i] - (step + 1 < steps ? times[i + 1] : 0.0F);
    }
    std::vector<uint8_t> moving;
    if (mask) {
      moving = mask->moving(now);
      mask->add_noise_to_joining(z, inputs.noise(step), now, moving);
    }
    advance(z, velocity({.z = z, .timesteps = now, .moving = moving}), dt, moving);
    if (after_step) after_step({.step = step + 1, .steps = steps, .z = z});
  }
  return std::move(z);
}

}  // namespace odsora
