// Classifier-free guidance (Ho & Salimans 2022): away from what no prompt would give.
#pragma once

#include <cstdint>

#include "base/host_tensor.h"

namespace odsora {

/// The batch twice, one after the other: [batch, …] → [2 batch, …].
HostTensor twice(const HostTensor& latent);

/// prediction [2 batch, out_channels, …], the first half with the prompt, the second without; of its channels the
/// first `channels` are velocities. → without + scale · (with − without), [batch, channels, …].
HostTensor guide(const HostTensor& prediction, int64_t channels, float scale);

}  // namespace odsora
