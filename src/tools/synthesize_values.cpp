#include "tools/synthesize_values.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cmath>
#include <cstring>

#include "base/error.h"
#include "base/float_formats.h"
#include "base/noise.h"

namespace odsora {
namespace {

constexpr size_t kValuesPerBlock = 8;  // 16 bits each of Philox's 128
constexpr size_t kValuesPerTile = 2048;
static_assert(kValuesPerPart % kValuesPerTile == 0 && kValuesPerTile % kValuesPerBlock == 0);

using Tile = std::array<uint16_t, kValuesPerTile>;

/// FNV-1a, 64 bits.
uint64_t hash_of(std::string_view name) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char letter : name) hash = (hash ^ static_cast<uint8_t>(letter)) * 0x100000001b3;
  return hash;
}

void draw_tile(uint64_t seed, uint64_t stream, uint64_t first, Tile& tile) {
  const std::array<uint32_t, 2> key = {static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)};
  for (size_t i = 0; i < tile.size(); i += kValuesPerBlock) {
    const uint64_t block = (first + i) / kValuesPerBlock;
    const auto words = philox({static_cast<uint32_t>(block), static_cast<uint32_t>(block >> 32),
                               static_cast<uint32_t>(stream), static_cast<uint32_t>(stream >> 32)},
                              key);
    std::memcpy(tile.data() + i, words.data(), sizeof words);
  }
}

/// Element i of `out` becomes round(value(i)).
template <typename Element, typename Value, typename Round>
void write_elements(std::byte* out, size_t count, const Value& value, const Round& round) {
  auto* const elements = reinterpret_cast<Element*>(out);
  for (size_t i = 0; i < count; ++i) elements[i] = round(value(i));
}

template <typename Value>
void write_as(DType dtype, std::byte* out, size_t count, const Value& value) {
  switch (dtype) {
    case DType::kF32: return write_elements<float>(out, count, value, [](float x) { return x; });
    case DType::kF16: return write_elements<uint16_t>(out, count, value, f16_from_f32);
    case DType::kBF16: return write_elements<uint16_t>(out, count, value, bf16_from_f32);
    default: assert(false);
  }
}

}  // namespace

uint16_t f16_from_f32(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint32_t magnitude = bits & 0x7fffffffU;
  // Below 2^-14 the last place is 2^-24: adding a half aligns the mantissa there, and rounds.
  const uint32_t small =
      std::bit_cast<uint32_t>(std::bit_cast<float>(magnitude) + 0.5F) - std::bit_cast<uint32_t>(0.5F);
  const uint32_t rebiased = magnitude - ((127U - 15U) << 23);
  const uint32_t normal = (rebiased + 0xfffU + ((magnitude >> 13) & 1U)) >> 13;
  const uint32_t half = magnitude < ((127U - 14U) << 23) ? small : normal;
  return static_cast<uint16_t>(half | ((bits >> 16) & 0x8000U));
}

void fill_values(const ValueSource& source, const Distribution& distribution, DType dtype, uint64_t first,
                 std::span<std::byte> out) {
  if (dtype != DType::kF32 && dtype != DType::kF16 && dtype != DType::kBF16) {
    fail(ErrorCode::kInternal, "weights are made as F32, F16 or BF16, not as ", name_of(dtype));
  }
  assert(first % kValuesPerPart == 0 && out.size() % size_of(dtype) == 0);
  const size_t count = out.size() / size_of(dtype);
  if (!distribution.exact.empty()) {
    assert(first + count <= distribution.exact.size());
    return write_as(dtype, out.data(), count, [&](size_t i) { return distribution.exact[first + i]; });
  }
  // 65,536 values in equal steps around the mean.
  const float mean = distribution.mean;
  const float step = distribution.deviation * std::sqrt(12.0F) / 65536.0F;
  const uint64_t stream = hash_of(source.tensor);
  const auto tiles = static_cast<int64_t>((count + kValuesPerTile - 1) / kValuesPerTile);
#pragma omp parallel for if (tiles > 8)
  for (int64_t tile = 0; tile < tiles; ++tile) {
    const size_t begin = static_cast<size_t>(tile) * kValuesPerTile;
    Tile bits;
    draw_tile(source.seed, stream, first + begin, bits);
    write_as(dtype, out.data() + begin * size_of(dtype), std::min(kValuesPerTile, count - begin),
             [&](size_t i) { return mean + step * (static_cast<float>(bits[i]) - 32767.5F); });
  }
}

}  // namespace odsora
