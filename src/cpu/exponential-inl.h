// Exponentials of f32 vectors, as exact as the format needs that their result is stored in. Compiled once for each
// instruction set; no include guard of the usual kind.
#if defined(ODSORA_CPU_EXPONENTIAL_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ODSORA_CPU_EXPONENTIAL_INL_H_
#undef ODSORA_CPU_EXPONENTIAL_INL_H_
#else
#define ODSORA_CPU_EXPONENTIAL_INL_H_
#endif

#include "cpu/bf16-inl.h"
#include "hwy/contrib/math/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace odsora::HWY_NAMESPACE {

/// exp(x) to one part in 10^5, a hundredth of what bf16 can tell, in half the instructions of hn::Exp. x is cut off
/// where f32 ends; NaN stays NaN.
HWY_INLINE Floats exponential_for_bf16(Floats x) {
  const F32 d;
  constexpr float kLog2E = 1.4426950408889634F;
  Floats power = hn::Mul(x, hn::Set(d, kLog2E));  // exp(x) = 2^power
  power = hn::Max(hn::Set(d, -126.0F), hn::Min(hn::Set(d, 127.0F), power));
  const Floats whole = hn::Round(power);
  const Floats rest = hn::Sub(power, whole);  // -1/2 to 1/2
  // The polynomial of degree 4 with the least relative error, 2.6e-6, from 2^rest.
  Floats value = hn::MulAdd(rest, hn::Set(d, 0.009570090F), hn::Set(d, 0.055917859F));
  value = hn::MulAdd(rest, value, hn::Set(d, 0.24024745F));
  value = hn::MulAdd(rest, value, hn::Set(d, 0.69312181F));
  value = hn::MulAdd(rest, value, hn::Set(d, 0.99999926F));
  const hn::RebindToSigned<F32> integers;
  const auto exponent = hn::ShiftLeft<23>(hn::ConvertTo(integers, whole));  // added to the bits, multiplies by 2^whole
  return hn::BitCast(d, hn::Add(hn::BitCast(integers, value), exponent));
}

/// exp(x) for results of type T: float, or uint16_t for bf16.
template <typename T>
HWY_INLINE Floats exponential(Floats x) {
  if constexpr (sizeof(T) == sizeof(uint16_t)) {
    return exponential_for_bf16(x);
  } else {
    return hn::Exp(F32(), x);
  }
}

/// a / b, likewise; b between 1 and 2^127.
template <typename T>
HWY_INLINE Floats quotient(Floats a, Floats b) {
  if constexpr (sizeof(T) == sizeof(uint16_t)) {
    const Floats guess = hn::ApproximateReciprocal(b);  // to 12 bits or more; Newton's step doubles them
    return hn::Mul(a, hn::Mul(guess, hn::NegMulAdd(guess, b, hn::Set(F32(), 2.0F))));
  } else {
    return hn::Div(a, b);
  }
}

}  // namespace odsora::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
