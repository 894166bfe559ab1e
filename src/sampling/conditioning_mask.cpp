#include "sampling/conditioning_mask.h"

#include <algorithm>

#include "sampling/timesteps.h"

namespace odsora {

ConditioningMask::ConditioningMask(std::span<const float> values) : values_(values.begin(), values.end()) {
  for (const float value : values_) joined_.push_back(value == 1.0F ? 1 : 0);
}

bool ConditioningMask::all_free() const {
  return std::all_of(values_.begin(), values_.end(), [](float value) { return value == 1.0F; });
}

std::vector<uint8_t> ConditioningMask::moving(std::span<const float> times) const {
  const size_t frames = values_.size() / times.size();
  std::vector<uint8_t> result(values_.size());
  for (size_t i = 0; i < values_.size(); ++i) {
    result[i] = values_[i] * kTrainTimesteps >= times[i / frames] ? 1 : 0;
  }
  return result;
}

bool ConditioningMask::all_joined(std::span<const float> times) const {
  const std::vector<uint8_t> moves = moving(times);
  for (size_t i = 0; i < values_.size(); ++i) {
    if (moves[i] == 0 && values_[i] > 0) return false;
  }
  return true;
}

void ConditioningMask::add_noise_to_joining(HostTensor& z, const HostTensor& noise, std::span<const float> times,
                                            const std::vector<uint8_t>& moving) {
  const int64_t channels = z.dim(1), frames = z.dim(2);
  const int64_t plane = z.count() / (z.dim(0) * channels * frames);
  for (int64_t i = 0; i < z.count(); ++i) {
    const int64_t item = i / (channels * frames * plane);
    const auto frame = static_cast<size_t>(item * frames + i / plane % frames);
    if (moving[frame] == 0 || joined_[frame] != 0) continue;
    const float t = times[static_cast<size_t>(item)] / kTrainTimesteps;
    z.data()[i] = (1.0F - t) * z.data()[i] + t * noise.data()[i];
  }
  joined_ = moving;
}

}  // namespace odsora
