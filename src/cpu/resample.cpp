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

void upsample_nearest(const Tensor& x, Tensor& result) {
  assert(x.rank() == 4 && result.count() == 4 * x.count());
  const int64_t width = x.dim(2);
  const size_t pixel = static_cast<size_t>(x.channels()) * size_of(x.dtype());
  const size_t row_bytes = static_cast<size_t>(width) * pixel;
  const int64_t rows = x.dim(0) * x.dim(1);
  parallel_rows(rows, 5 * bytes_of(x), [&](int64_t first, int64_t last) {
    for (int64_t row = first; row < last; ++row) {
      const std::byte* from = x.bytes() + static_cast<size_t>(row) * row_bytes;
      std::byte* const to = result.bytes() + 4 * static_cast<size_t>(row) * row_bytes;
      std::byte* next = to;
      for (int64_t column = 0; column < width; ++column, from += pixel, next += 2 * pixel) {
        std::memcpy(next, from, pixel);
        std::memcpy(next + pixel, from, pixel);
      }
      std::memcpy(to + 2 * row_bytes, to, 2 * row_bytes);
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
