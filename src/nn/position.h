// Where things are, in numbers: sinusoids of patches, of times, and the rotations of rotary embedding.
#pragma once

#include <cstdint>
#include <span>

#include "base/host_tensor.h"

namespace odsora {

struct PatchGrid {
  int64_t rows = 0;
  int64_t columns = 0;
  /// sqrt(height · width) of the wanted picture over the size the model was made for.
  float scale = 1.0F;
};

/// 2-D sine-cosine position embedding [rows * columns, channels]: the first half of the channels encodes the column,
/// the second the row, each as sines then cosines. Positions are stretched so that pictures of any shape cover a
/// square grid of side round(sqrt(rows · columns)) / scale.
HostTensor patch_positions(const PatchGrid& grid, int64_t channels);

/// Sinusoids [values, size] of numbers such as timesteps (0 … 1000) or frame rates: size / 2 cosines, then as many
/// sines, of value · 10000^(-j / (size / 2)).
HostTensor sinusoids(std::span<const float> values, int64_t size);

/// Frequencies of rotary embedding (Su et al. 2021): 10000^(-2j / head_size), j < head_size / 2.
HostTensor rotary_frequencies(int64_t head_size);

/// Cosine and sine of position · frequency, [positions, frequencies, 2].
HostTensor rotation_table(std::span<const float> positions, const HostTensor& frequencies);

}  // namespace odsora
