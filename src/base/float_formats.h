// Conversions between f32 and the 16-bit formats, all rounding to nearest even.
//
// Highway 1.0.3 truncates when it demotes f32 to bf16, so nothing may use its conversion: use these or their vector
// twins in cpu/bf16-inl.h, which a test holds equal to these.
#pragma once

#include <bit>
#include <cstdint>

namespace odsora {

inline float f32_from_bf16(uint16_t bits) { return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16); }

/// Rounds to nearest, ties to even. NaN stays NaN (quiet), infinity stays infinity.
inline uint16_t bf16_from_f32(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  if ((bits & 0x7fffffffU) > 0x7f800000U) return static_cast<uint16_t>((bits >> 16) | 0x0040U);
  const uint32_t rounding = 0x7fffU + ((bits >> 16) & 1U);
  return static_cast<uint16_t>((bits + rounding) >> 16);
}

/// IEEE binary16, subnormals included.
float f32_from_f16(uint16_t bits);

}  // namespace odsora
