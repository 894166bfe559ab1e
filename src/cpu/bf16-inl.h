// Vectors of f32 from and to memory that holds f32 or bf16, whole or in part, for the Highway kernels. Compiled once
// for each instruction set; no include guard of the usual kind.
#if defined(ODSORA_CPU_BF16_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ODSORA_CPU_BF16_INL_H_
#undef ODSORA_CPU_BF16_INL_H_
#else
#define ODSORA_CPU_BF16_INL_H_
#endif

#include <cstdint>
#include <cstring>

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace odsora::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using F32 = hn::ScalableTag<float>;
using Floats = hn::Vec<F32>;

/// The 32-bit and the narrow 16-bit integers beside a vector of floats.
using Bits32 = hn::RebindToUnsigned<F32>;
using Bits16 = hn::Rebind<uint16_t, F32>;

/// How many lanes of a vector are in memory: all of them, or the first few at a row's end.
struct Whole {};
struct First {
  size_t lanes;
};

HWY_INLINE Floats from_bf16(hn::Vec<Bits16> bits) {
  return hn::BitCast(F32(), hn::ShiftLeft<16>(hn::PromoteTo(Bits32(), bits)));
}

/// Rounds to nearest, ties to even, NaN stays NaN (quiet): equal to bf16_from_f32 of base/float_formats.h.
HWY_INLINE hn::Vec<Bits16> to_bf16(Floats values) {
  const Bits32 d32;
  const auto bits = hn::BitCast(d32, values);
  const auto high = hn::ShiftRight<16>(bits);
  const auto rounding = hn::Add(hn::Set(d32, 0x7fffU), hn::And(high, hn::Set(d32, 1U)));
  const auto rounded = hn::ShiftRight<16>(hn::Add(bits, rounding));
  const auto quiet = hn::Or(high, hn::Set(d32, 0x0040U));
  const auto is_nan = hn::RebindMask(d32, hn::IsNaN(values));
  const auto result = hn::IfThenElse(is_nan, quiet, rounded);
  return hn::DemoteTo(Bits16(), hn::BitCast(hn::RebindToSigned<Bits32>(), result));
}

HWY_INLINE Floats load(const float* from, Whole) { return hn::LoadU(F32(), from); }
HWY_INLINE void store(Floats values, float* to, Whole) { hn::StoreU(values, F32(), to); }
HWY_INLINE Floats load(const uint16_t* from, Whole) { return from_bf16(hn::LoadU(Bits16(), from)); }
HWY_INLINE void store(Floats values, uint16_t* to, Whole) { hn::StoreU(to_bf16(values), Bits16(), to); }

// Parts go through a buffer, unless masked loads and stores leave memory past the last lane alone: those of x86 do for
// 32 bits, and with AVX-512 for 16.
template <typename T>
HWY_INLINE Floats load(const T* from, First first) {
  HWY_ALIGN T lanes[HWY_MAX_BYTES / sizeof(float)] = {};
  std::memcpy(lanes, from, first.lanes * sizeof(T));
  return load(lanes, Whole());
}
template <typename T>
HWY_INLINE void store(Floats values, T* to, First first) {
  HWY_ALIGN T lanes[HWY_MAX_BYTES / sizeof(float)];
  store(values, lanes, Whole());
  std::memcpy(to, lanes, first.lanes * sizeof(T));
}

#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3
HWY_INLINE Floats load(const float* from, First first) {
  return hn::MaskedLoad(hn::FirstN(F32(), first.lanes), F32(), from);
}
HWY_INLINE void store(Floats values, float* to, First first) {
  hn::BlendedStore(values, hn::FirstN(F32(), first.lanes), F32(), to);
}
#endif

#if HWY_TARGET == HWY_AVX3
HWY_INLINE Floats load(const uint16_t* from, First first) {
  return from_bf16(hn::MaskedLoad(hn::FirstN(Bits16(), first.lanes), Bits16(), from));
}
HWY_INLINE void store(Floats values, uint16_t* to, First first) {
  hn::BlendedStore(to_bf16(values), hn::FirstN(Bits16(), first.lanes), Bits16(), to);
}
#endif

/// Lanes past the part become `instead`, for maxima and sums.
HWY_INLINE Floats keep(Floats values, Floats /*instead*/, Whole) { return values; }
HWY_INLINE Floats keep(Floats values, Floats instead, First first) {
  return hn::IfThenElse(hn::FirstN(F32(), first.lanes), values, instead);
}

/// Calls body(i, part) for each vector of a row of `count` elements: part is Whole, then First for the rest.
template <typename Body>
HWY_INLINE void for_vectors(int64_t count, const Body& body) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(F32()));
  int64_t i = 0;
  for (; i + lanes <= count; i += lanes) body(i, Whole());
  if (i < count) body(i, First{static_cast<size_t>(count - i)});
}

}  // namespace odsora::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
