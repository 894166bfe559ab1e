#include "cpu/fused_softmax.h"

#include <limits>

#include "cpu/element_type.h"
#include "cpu/highway_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/fused_softmax.cpp"
#include "hwy/foreach_target.h"
//
#include "cpu/bf16-inl.h"
#include "hwy/contrib/math/math-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace odsora::HWY_NAMESPACE {

template <typename T>
void softmax_row(float* scores, const float* bias, const SoftmaxRows& what, T* probabilities) {
  const F32 d;
  const Floats lowest = hn::Set(d, -std::numeric_limits<float>::infinity());
  const Floats scale = hn::Set(d, what.scale);
  Floats highest = lowest;
  for_vectors(what.keys, [&](int64_t i, auto part) HWY_ATTR {
    Floats score = hn::Mul(load(scores + i, part), scale);
    if (bias != nullptr) score = hn::Add(score, load(bias + i, part));
    store(score, scores + i, part);
    highest = hn::Max(highest, keep(score, lowest, part));
  });
  highest = hn::MaxOfLanes(d, highest);

  Floats sum = hn::Zero(d);
  for_vectors(what.keys, [&](int64_t i, auto part) HWY_ATTR {
    const Floats power = hn::Exp(d, hn::Sub(load(scores + i, part), highest));
    store(power, scores + i, part);
    sum = hn::Add(sum, keep(power, hn::Zero(d), part));
  });
  const Floats factor = hn::Div(hn::Set(d, 1.0F), hn::SumOfLanes(d, sum));

  for_vectors(what.keys, [&](int64_t i, auto part)
                             HWY_ATTR { store(hn::Mul(load(scores + i, part), factor), probabilities + i, part); });
}

void softmax_each_row(const SoftmaxRows& what) {
  with_element_type(what.result, [&](auto element) {
    auto* const probabilities = static_cast<decltype(element)*>(what.probabilities);
    for (int64_t row = 0; row < what.rows; ++row) {
      const int64_t offset = row * what.keys;
      softmax_row(what.scores + offset, what.bias == nullptr ? nullptr : what.bias + offset, what,
                  probabilities + offset);
    }
  });
}

}  // namespace odsora::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace odsora {

HWY_EXPORT(softmax_each_row);

void softmax_rows(const SoftmaxRows& what) { HWY_DYNAMIC_DISPATCH(softmax_each_row)(what); }

}  // namespace odsora
#endif
