#include "cpu/fused_norm.h"

#include <algorithm>
#include <cmath>

#include "cpu/element_type.h"
#include "cpu/highway_targets.h"
#include "cpu/parallel.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/fused_norm.cpp"
#include "hwy/foreach_target.h"
//
#include "cpu/bf16-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace odsora::HWY_NAMESPACE {

float sum_of_row(const float* x, int64_t count) {
  const F32 d;
  Floats sum = hn::Zero(d);
  for_vectors(count, [&](int64_t i, auto part) HWY_ATTR { sum = hn::Add(sum, load(x + i, part)); });
  return hn::GetLane(hn::SumOfLanes(d, sum));
}

/// The sum of (x - center)².
template <typename T>
float sum_of_squares(const T* x, float center, int64_t count) {
  const F32 d;
  const Floats zero = hn::Zero(d);
  const Floats centers = hn::Set(d, center);
  Floats sum = zero;
  for_vectors(count, [&](int64_t i, auto part) HWY_ATTR {
    const Floats difference = keep(hn::Sub(load(x + i, part), centers), zero, part);
    sum = hn::MulAdd(difference, difference, sum);
  });
  return hn::GetLane(hn::SumOfLanes(d, sum));
}

template <typename T>
void layer_norm_modulate_row(const float* x, int64_t count, const float* shift, const float* scale, float epsilon,
                             T* result) {
  const F32 d;
  const auto channels = static_cast<float>(count);
  const float mean = sum_of_row(x, count) / channels;
  const float variance = sum_of_squares(x, mean, count) / channels;
  const Floats center = hn::Set(d, mean);
  const Floats factor = hn::Set(d, 1.0F / std::sqrt(variance + epsilon));
  const Floats one = hn::Set(d, 1.0F);
  for_vectors(count, [&](int64_t i, auto part) HWY_ATTR {
    const Floats normal = hn::Mul(hn::Sub(load(x + i, part), center), factor);
    store(hn::MulAdd(normal, hn::Add(one, load(scale + i, part)), load(shift + i, part)), result + i, part);
  });
}

template <typename T>
void rms_norm_row(const float* x, int64_t count, const float* weight, float epsilon, T* result) {
  const F32 d;
  const float mean_square = sum_of_squares(x, 0.0F, count) / static_cast<float>(count);
  const Floats factor = hn::Set(d, 1.0F / std::sqrt(mean_square + epsilon));
  for_vectors(count, [&](int64_t i, auto part) HWY_ATTR {
    store(hn::Mul(hn::Mul(load(x + i, part), factor), load(weight + i, part)), result + i, part);
  });
}

#if HWY_TARGET == HWY_SCALAR

/// Lanes are no pairs here: turns the pairs (x[2j], x[2j+1]) in memory.
template <typename T>
void rotate_pairs(T* x, int64_t count, const float* rotation) {
  for (int64_t i = 0; i < count; i += 2) {
    const Floats first = load(x + i, Whole()), second = load(x + i + 1, Whole());
    const Floats cosine = load(rotation + i, Whole()), sine = load(rotation + i + 1, Whole());
    store(hn::Sub(hn::Mul(first, cosine), hn::Mul(second, sine)), x + i, Whole());
    store(hn::MulAdd(first, sine, hn::Mul(second, cosine)), x + i + 1, Whole());
  }
}

#else

/// Turns the pairs of lanes (x[2j], x[2j+1]) by angles whose cosine and sine are the same pair of `rotation`.
HWY_INLINE Floats rotate_pairs(Floats x, Floats rotation) {
  const Floats sines = hn::OddEven(rotation, hn::Neg(hn::Shuffle2301(rotation)));  // -sine, sine
  return hn::MulAdd(x, hn::DupEven(rotation), hn::Mul(hn::Shuffle2301(x), sines));
}

#endif

/// Heads whose norms are taken before the first is changed: each takes long and needs little of the core.
constexpr int64_t kHeadsAtOnce = 16;

/// factors[h] = 1 / sqrt(mean(x²) + epsilon) of each head.
template <typename T>
void head_norm_factors(const T* x, int64_t heads, int64_t head_size, float epsilon, float* factors) {
  const F32 d;
  for (int64_t head = 0; head < heads; ++head) factors[head] = sum_of_squares(x + head * head_size, 0.0F, head_size);
  const Floats share = hn::Set(d, 1.0F / static_cast<float>(head_size));
  for_vectors(heads, [&](int64_t i, auto part) HWY_ATTR {
    const Floats mean_square = hn::MulAdd(load(factors + i, part), share, hn::Set(d, epsilon));
    store(hn::Div(hn::Set(d, 1.0F), hn::Sqrt(mean_square)), factors + i, part);
  });
}

/// x · factor · weight, then the rotation. A null weight means no norm, a null rotation no rotation.
template <typename T>
void norm_rotate_head(T* x, int64_t head_size, const float* weight, float factor, const float* rotation) {
  const Floats factors = hn::Set(F32(), factor);
  for_vectors(head_size, [&](int64_t i, auto part) HWY_ATTR {
    Floats value = load(x + i, part);
    if (weight != nullptr) value = hn::Mul(hn::Mul(value, factors), load(weight + i, part));
#if HWY_TARGET != HWY_SCALAR
    if (rotation != nullptr) value = rotate_pairs(value, load(rotation + i, part));
#endif
    store(value, x + i, part);
  });
#if HWY_TARGET == HWY_SCALAR
  if (rotation != nullptr) rotate_pairs(x, head_size, rotation);
#endif
}

/// The heads of a token's query or key.
template <typename T>
void norm_rotate_heads_of(T* x, const HeadNormRotation& how, int64_t head_size, const Tensor* weight,
                          const float* rotation) {
  const float* const weights = weight == nullptr ? nullptr : weight->data<float>();
  for (int64_t first = 0; first < how.heads; first += kHeadsAtOnce) {
    const int64_t count = std::min(kHeadsAtOnce, how.heads - first);
    T* const heads = x + first * head_size;
    float factors[kHeadsAtOnce] = {};
    if (weight != nullptr) head_norm_factors(heads, count, head_size, how.epsilon, factors);
    for (int64_t head = 0; head < count; ++head) {
      norm_rotate_head(heads + head * head_size, head_size, weights, factors[head], rotation);
    }
  }
}

void layer_norm_modulate_rows(const Tensor& x, const Modulation& modulation, ShiftAndScale parts, float epsilon,
                              Tensor& result, int64_t first, int64_t last) {
  const int64_t channels = x.channels();
  const int64_t patches = x.dim(1);
  const float* const vectors = modulation.vectors.data<float>();
  const int64_t vectors_of_row = modulation.vectors.dim(1) * channels;
  with_element_type(result.dtype(), [&](auto element) {
    auto* const to = result.data<decltype(element)>();
    for (int64_t row = first; row < last; ++row) {
      const float* const frame_vectors =
          vectors + modulation.row_of_frame[static_cast<size_t>(row / patches)] * vectors_of_row;
      layer_norm_modulate_row(x.data<float>() + row * channels, channels, frame_vectors + parts.shift_part * channels,
                              frame_vectors + parts.scale_part * channels, epsilon, to + row * channels);
    }
  });
}

void rms_norm_rows(const Tensor& x, const Tensor& weight, float epsilon, Tensor& result, int64_t first, int64_t last) {
  const int64_t channels = x.channels();
  with_element_type(result.dtype(), [&](auto element) {
    auto* const to = result.data<decltype(element)>();
    for (int64_t row = first; row < last; ++row) {
      rms_norm_row(x.data<float>() + row * channels, channels, weight.data<float>(), epsilon, to + row * channels);
    }
  });
}

void norm_rotate_tokens(Tensor& projection, const HeadNormRotation& how, int64_t first, int64_t last) {
  const int64_t channels = projection.channels();
  const int64_t head_size = channels / (3 * how.heads);
  const int64_t positions = projection.dim(1);
  const int64_t tokens_of_position = projection.dim(2);
  with_element_type(projection.dtype(), [&](auto element) {
    for (int64_t token = first; token < last; ++token) {
      auto* const row = projection.data<decltype(element)>() + token * channels;
      const int64_t position = token / tokens_of_position % positions;
      const float* const rotation =
          how.rotation == nullptr ? nullptr : how.rotation->data<float>() + position * head_size;
      norm_rotate_heads_of(row, how, head_size, how.query_weight, rotation);
      norm_rotate_heads_of(row + how.heads * head_size, how, head_size, how.key_weight, rotation);
    }
  });
}

}  // namespace odsora::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace odsora {

HWY_EXPORT(layer_norm_modulate_rows);
HWY_EXPORT(rms_norm_rows);
HWY_EXPORT(norm_rotate_tokens);

void layer_norm_modulate(const Tensor& x, const Modulation& modulation, ShiftAndScale parts, float epsilon,
                         Tensor& result) {
  assert(x.rank() == 3 && x.dtype() == DType::kF32 && result.shape() == x.shape());
  assert(modulation.vectors.channels() == x.channels());
  assert(modulation.row_of_frame.size() == static_cast<size_t>(x.dim(0)));
  parallel_rows(x.rows(), bytes_of(x) + bytes_of(result), [&](int64_t first, int64_t last) {
    HWY_DYNAMIC_DISPATCH(layer_norm_modulate_rows)(x, modulation, parts, epsilon, result, first, last);
  });
}

void rms_norm(const Tensor& x, const Tensor& weight, float epsilon, Tensor& result) {
  assert(x.dtype() == DType::kF32 && weight.count() == x.channels() && result.shape() == x.shape());
  parallel_rows(x.rows(), bytes_of(x) + bytes_of(result), [&](int64_t first, int64_t last) {
    HWY_DYNAMIC_DISPATCH(rms_norm_rows)(x, weight, epsilon, result, first, last);
  });
}

void norm_rotate_heads(Tensor& projection, const HeadNormRotation& how) {
  assert(projection.rank() == 4 && projection.channels() % (3 * how.heads) == 0);
  assert((how.query_weight == nullptr) == (how.key_weight == nullptr));
  assert(how.rotation == nullptr || how.rotation->dim(0) == projection.dim(1));
  parallel_rows(projection.rows(), 2 * bytes_of(projection), [&](int64_t first, int64_t last) {
    HWY_DYNAMIC_DISPATCH(norm_rotate_tokens)(projection, how, first, last);
  });
}

}  // namespace odsora
#endif
