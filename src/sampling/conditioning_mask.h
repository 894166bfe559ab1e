// Frames that are given (an image or a clip to go on from) and join the flow late or never.
//
// A frame's mask value m says when it joins: 1 from the start, 0 never, between them once t has fallen to 1000 m.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/host_tensor.h"

namespace odsora {

class ConditioningMask {
 public:
  /// values [batch * frames], each 0 … 1.
  explicit ConditioningMask(std::span<const float> values);

  /// Whether no frame is held at any time, so that the mask changes nothing.
  bool all_free() const;

  /// Which frames move at these times [batch]: 1 where m · 1000 >= t. [batch * frames].
  std::vector<uint8_t> moving(std::span<const float> times) const;

  /// Whether no more frames will join after these times [batch]: each moves now, or never will (m = 0).
  bool all_joined(std::span<const float> times) const;

  /// Goes on after a step at these times [batch]: frames that moved in it have joined.
  void go_on_after(std::span<const float> times) { joined_ = moving(times); }

  /// Frames of z [batch, channels, frames, …] that move now for the first time become a noised copy of themselves,
  /// (1 − t / 1000) z + (t / 1000) noise. Call once a step, with that step's `moving`.
  void add_noise_to_joining(HostTensor& z, const HostTensor& noise, std::span<const float> times,
                            const std::vector<uint8_t>& moving);

 private:
  std::vector<float> values_;
  std::vector<uint8_t> joined_;  // frames that move since an earlier step, or never needed noise (m = 1)
};

}  // namespace odsora
