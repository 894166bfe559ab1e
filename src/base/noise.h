// Seeded normal noise that is the same on every machine, thread count and order of asking.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace odsora {

/// One block of Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
std::array<uint32_t, 4> philox(std::array<uint32_t, 4> counter, std::array<uint32_t, 2> key);

/// Fills `out` with standard normal values. Value i depends on (seed, stream, i) only: Box–Muller, in double, on the
/// 53-bit uniforms of Philox block i / 2. Streams of one seed are independent.
void fill_normal(uint64_t seed, uint64_t stream, std::span<float> out);

}  // namespace odsora
