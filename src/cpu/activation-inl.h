// Activations of f32 vectors. Compiled once for each instruction set; no include guard of the usual kind.
#if defined(ODSORA_CPU_ACTIVATION_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ODSORA_CPU_ACTIVATION_INL_H_
#undef ODSORA_CPU_ACTIVATION_INL_H_
#else
#define ODSORA_CPU_ACTIVATION_INL_H_
#endif

#include "cpu/bf16-inl.h"
#include "hwy/contrib/math/math-inl.h"
#include "nn/ops.h"

HWY_BEFORE_NAMESPACE();
namespace odsora::HWY_NAMESPACE {

/// x · sigmoid(x).
HWY_INLINE Floats silu(Floats x) {
  const F32 d;
  // Beyond 88 the exponential nears f32's largest value and the result is zero anyway.
  const Floats exponent = hn::Min(hn::Neg(x), hn::Set(d, 88.0F));
  return hn::Div(x, hn::Add(hn::Set(d, 1.0F), hn::Exp(d, exponent)));
}

/// x/2 · (1 + tanh(u)), u = sqrt(2/π) (x + 0.044715 x³): Hendrycks & Gimpel, "Gaussian error linear units", §2.
/// As (1 + tanh(u))/2 = sigmoid(2u), it is x / (1 + exp(-2u)).
HWY_INLINE Floats gelu_tanh(Floats x) {
  const F32 d;
  const Floats cubic = hn::MulAdd(hn::Mul(hn::Set(d, 0.044715F), hn::Mul(x, x)), x, x);
  const Floats exponent = hn::Min(hn::Mul(hn::Set(d, -1.5957691216057308F), cubic), hn::Set(d, 88.0F));
  return hn::Div(x, hn::Add(hn::Set(d, 1.0F), hn::Exp(d, exponent)));
}

HWY_INLINE Floats activate(Floats x, Activation activation) {
  switch (activation) {
    case Activation::kNone: return x;
    case Activation::kGeluTanh: return gelu_tanh(x);
    case Activation::kSilu: return silu(x);
  }
  return x;
}

}  // namespace odsora::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
