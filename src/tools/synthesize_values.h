// The values of synthetic weights: any part of a tensor at any time, on any number of threads, with the same result.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/dtype.h"
#include "tools/synthesize_distribution.h"

namespace odsora {

/// Whose values are drawn: they depend on the seed, the tensor's name and an element's index only.
struct ValueSource {
  uint64_t seed = 0;
  std::string_view tensor;
};

/// Parts of a tensor begin at multiples of this.
constexpr uint64_t kValuesPerPart = 16'384;

/// IEEE binary16, rounded to nearest even. |value| must be below 65520, where infinity begins.
uint16_t f16_from_f32(float value);

/// Fills `out` with elements from `first` on, in the format F32, F16 or BF16. `first` is a multiple of kValuesPerPart.
void fill_values(const ValueSource& source, const Distribution& distribution, DType dtype, uint64_t first,
                 std::span<std::byte> out);

}  // namespace odsora
