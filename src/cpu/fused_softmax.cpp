#include "cpu/fused_softmax.h"

#include <limits>

#include "cpu/element_type.h"
#include "cpu/highway_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/fused_softmax.cpp"
#include "hwy/foreach_target.h"
//
#include "cpu/bf16-inl.h"
#include "cpu/exponential-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace odsora::HWY_NAMESPACE {

/// → the factor.
template <typename T>
float softmax_row(const float* scores, const float* bias, const SoftmaxRows& what, T* exponentials) {
  const F32 d;
  const Floats lowest = hn::Set(d, -std::numeric_limits<float>::infinity());
  const Floats scale = hn::Set(d, what.scale);
  const auto score = [&](int64_t i, auto part) HWY_ATTR {
    const Floats scaled = hn::Mul(load(scores + i, part), scale);
    return bias == nullptr ? scaled : hn::Add(scaled, load(bias + i, part));
  };
  Floats highest = lowest;
  for_vectors(what.keys,
              [&](int64_t i, auto part) HWY_ATTR { highest = hn::Max(highest, keep(score(i, part), lowest, part)); });
  highest = hn::MaxOfLanes(d, highest);

  Floats sum = hn::Zero(d);
  for_vectors(what.keys, [&](int64_t i, auto part) HWY_ATTR {
    const Floats power = exponential<T>(hn::Sub(score(i, part), highest));
    store(power, exponentials + i, part);
    sum = hn::Add(sum, keep(power, hn::Zero(d), part));
  });
  return 1.0F / hn::GetLane(hn::SumOfLanes(d, sum));
}

void softmax_each_row(const SoftmaxRows& what) {
  with_element_type(what.type, [&](auto element) {
    auto* const exponentials = static_cast<decltype(element)*>(what.exponentials);
    for (int64_t row = 0; row < what.rows; ++row) {
      const int64_t offset = row * what.keys;
      what.factors[row] = softmax_row(what.scores + offset, what.bias == nullptr ? nullptr : what.bias + offset, what,
                                      exponentials + offset);
    }
  });
}

void scale_each_row(const ScaledRows& what) {
  with_element_type(what.type, [&](auto element) {
    for (int64_t row = 0; row < what.rows; ++row) {
      const float* const from = what.values + row * what.columns;
      auto* const to = static_cast<decltype(element)*>(what.result) + row * what.result_stride;
      const Floats factor = hn::Set(F32(), what.factors[row]);
      for_vectors(what.columns,
                  [&](int64_t i, auto part) HWY_ATTR { store(hn::Mul(load(from + i, part), factor), to + i, part); });
    }
  });
}

}  // namespace odsora::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace odsora {

HWY_EXPORT(softmax_each_row);
HWY_EXPORT(scale_each_row);

void softmax_rows(const SoftmaxRows& what) { HWY_DYNAMIC_DISPATCH(softmax_each_row)(what); }

void scale_rows(const ScaledRows& what) { HWY_DYNAMIC_DISPATCH(scale_each_row)(what); }

}  // namespace odsora
#endif
