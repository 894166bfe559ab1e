// Activations of f32 vectors. Compiled once for each instruction set; no include guard of the usual kind.
#if defined(ODSORA_CPU_ACTIVATION_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ODSORA_CPU_ACTIVATION_INL_H_
#undef ODSORA_CPU_ACTIVATION_INL_H_
#else
#define ODSORA_CPU_ACTIVATION_INL_H_
#endif

#include "cpu/bf16-inl.h"
#include "cpu/exponential-inl.h"
#include "nn/ops.h"

HWY_BEFORE_NAMESPACE();
namespace odsora::HWY_NAMESPACE {

/// x / (1 + exp(-u)) = x · sigmoid(u), for results of type T: float, or uint16_t for bf16.
template <typename T>
HWY_INLINE Floats gate_by_sigmoid(Floats x, Floats u) {
  const F32 d;
  // Beyond 87 the exponential nears f32's largest value and the result is zero anyway.
  const Floats exponent = hn::Min(hn::Neg(u), hn::Set(d, 87.0F));
  return quotient<T>(x, hn::Add(hn::Set(d, 1.0F), exponential<T>(exponent)));
}

/// x · sigmoid(x).
template <typename T>
HWY_INLINE Floats silu(Floats x) {
  return gate_by_sigmoid<T>(x, x);
}

/// x/2 · (1 + tanh(v)), v = sqrt(2/π) (x + 0.044715 x³): Hendrycks & Gimpel, "Gaussian error linear units", §2.
/// (1 + tanh(v))/2 is sigmoid(2v).
template <typename T>
HWY_INLINE Floats gelu_tanh(Floats x) {
  const F32 d;
  const Floats cubic = hn::MulAdd(hn::Mul(hn::Set(d, 0.044715F), hn::Mul(x, x)), x, x);
  return gate_by_sigmoid<T>(x, hn::Mul(hn::Set(d, 1.5957691216057308F), cubic));
}

template <typename T>
HWY_INLINE Floats activate(Floats x, Activation activation) {
  switch (activation) {
    case Activation::kNone: return x;
    case Activation::kGeluTanh: return gelu_tanh<T>(x);
    case Activation::kSilu: return silu<T>(x);
  }
  return x;
}

}  // namespace odsora::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
