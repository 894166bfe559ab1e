#include "cpu/resample.h"

#include <cstring>

#include "cpu/element_type.h"
#include "cpu/highway_targets.h"
#include "cpu/parallel.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/resample.cpp"
#include "hwy/foreach_target.h"
//
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace odsora::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

/// pairs [channels, 2] → first [channels], second [channels].
template <typename T>
void split_pairs(const T* pairs, int64_t channels, T* first, T* second) {
  const hn::ScalableTag<T> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t c = 0;
  for (; c + lanes <= channels; c += lanes) {
    hn::Vec<decltype(d)> even;
    hn::Vec<decltype(d)> odd;
    hn::LoadInterleaved2(d, pairs + 2 * c, even, odd);
    hn::StoreU(even, d, first + c);
    hn::StoreU(odd, d, second + c);
  }
  for (; c < channels; ++c) {
    first[c] = pairs[2 * c];
    second[c] = pairs[2 * c + 1];
  }
}

/// Pixels [first, last) of x, counted over items, frames, height and width.
void depth_to_time_pixels(const Tensor& x, Tensor& result, int64_t first, int64_t last) {
  const int64_t channels = result.channels();
  const int64_t area = x.dim(2) * x.dim(3);
  with_element_type(x.dtype(), [&](auto element) {
    using T = decltype(element);
    for (int64_t pixel = first; pixel < last; ++pixel) {
      const int64_t frame = pixel / area;  // over items too
      T* const to = result.data<T>() + (2 * frame * area + pixel % area) * channels;
      split_pairs(x.data<T>() + pixel * 2 * channels, channels, to, to + area * channels);
    }
  });
}

}  // namespace odsora::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace odsora {

HWY_EXPORT(depth_to_time_pixels);

void join_quads(const Tensor& quads, int64_t first_row, Tensor& result) {
  const int64_t width = quads.dim(2);
  const int64_t rows = result.dim(1);  // of an item
  assert(quads.rank() == 4 && quads.dtype() == result.dtype() && first_row + rows <= 2 * quads.dim(1));
  assert(result.shape() == (Shape{quads.dim(0), rows, 2 * width - 2, quads.channels() / 4}));
  const size_t pixel = static_cast<size_t>(result.channels()) * size_of(result.dtype());
  const size_t pair = 2 * pixel;  // the neighbours in a row lie side by side in both
  parallel_rows(result.dim(0) * rows, 2 * bytes_of(result), [&](int64_t first, int64_t last) {
    for (int64_t row = first; row < last; ++row) {
      const int64_t item = row / rows, joined_row = first_row + row % rows;
      const int64_t quad_row = item * quads.dim(1) + joined_row / 2;
      const std::byte* from = quads.bytes() + static_cast<size_t>(2 * quad_row * width + joined_row % 2) * pair;
      std::byte* to = result.bytes() + static_cast<size_t>(row * (width - 1)) * pair;
      std::memcpy(to, from + pixel, pixel);
      to += pixel;
      from += 2 * pair;
      for (int64_t column = 1; column < width - 1; ++column, from += 2 * pair, to += pair) std::memcpy(to, from, pair);
      std::memcpy(to, from, pixel);
    }
  });
}

void depth_to_time(const Tensor& x, Tensor& result) {
  assert(x.rank() == 5 && x.channels() % 2 == 0 && result.count() == x.count());
  parallel_rows(x.rows(), 2 * bytes_of(x), [&](int64_t first, int64_t last) {
    HWY_DYNAMIC_DISPATCH(depth_to_time_pixels)(x, result, first, last);
  });
}

}  // namespace odsora
#endif
