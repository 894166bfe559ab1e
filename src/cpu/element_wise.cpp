#include "cpu/element_wise.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "cpu/element_type.h"
#include "cpu/highway_targets.h"
#include "cpu/parallel.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/element_wise.cpp"
#include "hwy/foreach_target.h"
//
#include "cpu/activation-inl.h"
#include "cpu/bf16-inl.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace odsora::HWY_NAMESPACE {

/// The row of y that belongs to a row of x; `patches` rows are a frame.
int64_t source_row(const FramesOf& y, int64_t row, int64_t patches) {
  if (y.source.empty()) return row;
  return y.source[static_cast<size_t>(row / patches)] * patches + row % patches;
}

void gate_add_rows(Tensor& x, const FramesOf& y, const Modulation& modulation, int gate_part, int64_t first,
                   int64_t last) {
  const int64_t channels = x.channels();
  const int64_t patches = x.dim(1);
  const int64_t vectors_of_row = modulation.vectors.dim(1) * channels;
  with_element_type(y.tensor.dtype(), [&](auto element) {
    for (int64_t row = first; row < last; ++row) {
      const int32_t vectors_row = modulation.row_of_frame[static_cast<size_t>(row / patches)];
      const float* const gate = modulation.vectors.data<float>() + vectors_row * vectors_of_row + gate_part * channels;
      const auto* const from = y.tensor.data<decltype(element)>() + source_row(y, row, patches) * channels;
      float* const to = x.data<float>() + row * channels;
      for_vectors(channels, [&](int64_t i, auto part) HWY_ATTR {
        store(hn::MulAdd(load(gate + i, part), load(from + i, part), load(to + i, part)), to + i, part);
      });
    }
  });
}

void add_frame_rows(Tensor& x, const FramesOf& y, int64_t first, int64_t last) {
  const int64_t channels = x.channels();
  with_element_type(y.tensor.dtype(), [&](auto element) {
    for (int64_t row = first; row < last; ++row) {
      const auto* const from = y.tensor.data<decltype(element)>() + source_row(y, row, x.dim(1)) * channels;
      float* const to = x.data<float>() + row * channels;
      for_vectors(channels, [&](int64_t i, auto part)
                                HWY_ATTR { store(hn::Add(load(to + i, part), load(from + i, part)), to + i, part); });
    }
  });
}

/// Groups [first, last).
void merge_frame_range(const Tensor& x, std::span<const FrameGroup> groups, Tensor& result, int64_t first,
                       int64_t last) {
  const int64_t frame = x.dim(1) * x.channels();
  with_element_type(x.dtype(), [&](auto from_element) {
    with_element_type(result.dtype(), [&](auto to_element) {
      for (int64_t g = first; g < last; ++g) {
        const FrameGroup group = groups[static_cast<size_t>(g)];
        const auto* const from = x.data<decltype(from_element)>() + group.first * frame;
        auto* const to = result.data<decltype(to_element)>() + g * frame;
        const float share = 1.0F / static_cast<float>(group.count);
        for_vectors(frame, [&](int64_t i, auto part) HWY_ATTR {
          Floats sum = load(from + i, part);
          for (int64_t f = 1; f < group.count; ++f) sum = hn::Add(sum, load(from + f * frame + i, part));
          store(hn::Mul(sum, hn::Set(F32(), share)), to + i, part);
        });
      }
    });
  });
}

/// Elements [first, last) of x; y repeats.
void add_elements(Tensor& x, const Tensor& y, int64_t first, int64_t last) {
  const int64_t period = y.count();
  with_element_type(x.dtype(), [&](auto x_element) {
    with_element_type(y.dtype(), [&](auto y_element) {
      while (first < last) {
        const int64_t phase = first % period;
        const int64_t count = std::min(last - first, period - phase);
        auto* const to = x.data<decltype(x_element)>() + first;
        const auto* const from = y.data<decltype(y_element)>() + phase;
        for_vectors(count, [&](int64_t i, auto part)
                               HWY_ATTR { store(hn::Add(load(to + i, part), load(from + i, part)), to + i, part); });
        first += count;
      }
    });
  });
}

void multiply_elements(Tensor& x, const Tensor& y, int64_t first, int64_t last) {
  with_element_type(x.dtype(), [&](auto element) {
    auto* const to = x.data<decltype(element)>() + first;
    const auto* const from = y.data<decltype(element)>() + first;
    for_vectors(last - first, [&](int64_t i, auto part)
                                  HWY_ATTR { store(hn::Mul(load(to + i, part), load(from + i, part)), to + i, part); });
  });
}

/// Elements [first, last).
void activate_elements(const Tensor& x, Activation activation, Tensor& result, int64_t first, int64_t last) {
  const float* const from = x.data<float>() + first;
  with_element_type(result.dtype(), [&](auto element) {
    auto* const to = result.data<decltype(element)>() + first;
    for_vectors(last - first, [&](int64_t i, auto part) HWY_ATTR {
      store(activate<decltype(element)>(load(from + i, part), activation), to + i, part);
    });
  });
}

void activate_rows(const BiasAndActivation& what) {
  for (int64_t row = 0; row < what.rows; ++row) {
    float* const x = what.x + row * what.stride;
    for_vectors(what.columns, [&](int64_t i, auto part) HWY_ATTR {
      Floats value = load(x + i, part);
      if (what.bias != nullptr) value = hn::Add(value, load(what.bias + i, part));
      store(activate<float>(value, what.activation), x + i, part);
    });
  }
}

template <typename From, typename To>
void convert_floats(const From* from, To* to, int64_t count) {
  for_vectors(count, [&](int64_t i, auto part) HWY_ATTR { store(load(from + i, part), to + i, part); });
}

template <typename To>
void convert_halves(const uint16_t* from, To* to, int64_t count) {
  const F32 d;
  const hn::Rebind<hwy::float16_t, F32> halves;
  for_vectors(count, [&](int64_t i, auto part) HWY_ATTR {
    HWY_ALIGN hwy::float16_t lanes[HWY_MAX_BYTES / sizeof(float)] = {};
    std::memcpy(lanes, from + i, std::min<size_t>(hn::Lanes(d), static_cast<size_t>(count - i)) * sizeof(uint16_t));
    store(hn::PromoteTo(d, hn::Load(halves, lanes)), to + i, part);
  });
}

/// Formats without a vector conversion: through a small f32 buffer.
template <typename From, typename To>
void convert_others(const From* from, To* to, int64_t count) {
  constexpr int64_t kPiece = 256;
  float values[kPiece];
  for (int64_t first = 0; first < count; first += kPiece) {
    const int64_t piece = std::min(kPiece, count - first);
    for (int64_t i = 0; i < piece; ++i) values[i] = static_cast<float>(from[first + i]);
    convert_floats(values, to + first, piece);
  }
}

void convert_element_range(DType from_type, const std::byte* from, DType to_type, std::byte* to, int64_t count) {
  with_element_type(to_type, [&](auto element) {
    auto* const result = reinterpret_cast<decltype(element)*>(to);
    switch (from_type) {
      case DType::kF64: return convert_others(reinterpret_cast<const double*>(from), result, count);
      case DType::kF32: return convert_floats(reinterpret_cast<const float*>(from), result, count);
      case DType::kF16: return convert_halves(reinterpret_cast<const uint16_t*>(from), result, count);
      case DType::kBF16: return convert_floats(reinterpret_cast<const uint16_t*>(from), result, count);
      case DType::kI8: return convert_others(reinterpret_cast<const int8_t*>(from), result, count);
      default: assert(false && "not a weight's format");
    }
  });
}

}  // namespace odsora::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace odsora {

HWY_EXPORT(gate_add_rows);
HWY_EXPORT(add_frame_rows);
HWY_EXPORT(merge_frame_range);
HWY_EXPORT(add_elements);
HWY_EXPORT(multiply_elements);
HWY_EXPORT(activate_elements);
HWY_EXPORT(activate_rows);
HWY_EXPORT(convert_element_range);

namespace {

[[maybe_unused]] bool fits(const Tensor& x, const FramesOf& y) {
  const Tensor& frames = y.tensor;
  const int64_t sources = y.source.empty() ? frames.dim(0) : static_cast<int64_t>(y.source.size());
  return x.rank() == 3 && x.dtype() == DType::kF32 && frames.rank() == 3 && frames.dim(1) == x.dim(1) &&
         frames.channels() == x.channels() && sources == x.dim(0);
}

}  // namespace

void gate_add(Tensor& x, const FramesOf& y, const Modulation& modulation, int gate_part) {
  assert(fits(x, y));
  assert(modulation.vectors.channels() == x.channels());
  assert(modulation.row_of_frame.size() == static_cast<size_t>(x.dim(0)));
  parallel_rows(x.rows(), 2 * bytes_of(x) + bytes_of(y.tensor), [&](int64_t first, int64_t last) {
    HWY_DYNAMIC_DISPATCH(gate_add_rows)(x, y, modulation, gate_part, first, last);
  });
}

void add_frames(Tensor& x, const FramesOf& y) {
  assert(fits(x, y));
  parallel_rows(x.rows(), 2 * bytes_of(x) + bytes_of(y.tensor), [&](int64_t first, int64_t last) {
    HWY_DYNAMIC_DISPATCH(add_frame_rows)(x, y, first, last);
  });
}

void merge_frames(const Tensor& x, std::span<const FrameGroup> groups, Tensor& result) {
  assert(x.rank() == 3 && result.rank() == 3 && result.dim(0) == static_cast<int64_t>(groups.size()));
  assert(x.dim(1) == result.dim(1) && x.channels() == result.channels());
  parallel_rows(result.dim(0), bytes_of(x) + bytes_of(result), [&](int64_t first, int64_t last) {
    HWY_DYNAMIC_DISPATCH(merge_frame_range)(x, groups, result, first, last);
  });
}

void add(Tensor& x, const Tensor& y) {
  assert(y.rank() <= x.rank() && std::equal(y.shape().rbegin(), y.shape().rend(), x.shape().rbegin()));
  parallel_rows(x.count(), 2 * bytes_of(x) + bytes_of(y), [&](int64_t first, int64_t last) {
    HWY_DYNAMIC_DISPATCH(add_elements)(x, y, first, last);
  });
}

void multiply(Tensor& x, const Tensor& y) {
  assert(x.shape() == y.shape() && x.dtype() == y.dtype());
  parallel_rows(x.count(), 3 * bytes_of(x), [&](int64_t first, int64_t last) {
    HWY_DYNAMIC_DISPATCH(multiply_elements)(x, y, first, last);
  });
}

void activate(const Tensor& x, Activation activation, Tensor& result) {
  assert(x.dtype() == DType::kF32 && result.count() == x.count());
  parallel_rows(x.count(), bytes_of(x) + bytes_of(result), [&](int64_t first, int64_t last) {
    HWY_DYNAMIC_DISPATCH(activate_elements)(x, activation, result, first, last);
  });
}

void convert(const Tensor& x, Tensor& result) {
  assert(result.count() == x.count());
  convert_elements(x.dtype(), x.bytes(), result.dtype(), result.bytes(), x.count());
}

void add_bias_and_activate(const BiasAndActivation& what) { HWY_DYNAMIC_DISPATCH(activate_rows)(what); }

void require_weight_format(DType format) {
  for (const DType known : {DType::kF64, DType::kF32, DType::kF16, DType::kBF16, DType::kI8}) {
    if (format == known) return;
  }
  fail(ErrorCode::kBadModel, "weights of format ", name_of(format), " cannot be computed with");
}

void convert_elements(DType from_type, const std::byte* from, DType to_type, std::byte* to, int64_t count) {
  const auto from_size = static_cast<int64_t>(size_of(from_type));
  const auto to_size = static_cast<int64_t>(size_of(to_type));
  if (from_type == to_type) {
    std::memcpy(to, from, static_cast<size_t>(count * to_size));
    return;
  }
  parallel_rows(count, count * (from_size + to_size), [&](int64_t first, int64_t last) {
    HWY_DYNAMIC_DISPATCH(convert_element_range)
    (from_type, from + first * from_size, to_type, to + first * to_size, last - first);
  });
}

}  // namespace odsora
#endif
