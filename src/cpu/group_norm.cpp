#include "cpu/group_norm.h"

#include <cmath>

#include "cpu/element_type.h"
#include "cpu/highway_targets.h"
#include "cpu/parallel.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "cpu/group_norm.cpp"
#include "hwy/foreach_target.h"
//
#include "cpu/activation-inl.h"
#include "cpu/bf16-inl.h"
#include "hwy/highway.h"

#ifndef ODSORA_CPU_GROUP_NORM_TYPES_
#define ODSORA_CPU_GROUP_NORM_TYPES_
namespace odsora {

/// Mean and sum of squared differences from it.
struct GroupMoments {
  double mean = 0;
  double squares = 0;
};

/// A run of pixels of one item, as every kernel here sees it.
struct Pixels {
  int64_t first = 0;  // in the whole tensor
  int64_t count = 0;
};

}  // namespace odsora
#endif

HWY_BEFORE_NAMESPACE();
namespace odsora::HWY_NAMESPACE {

/// sums[c] = Σ over pixels of (x - center[c]), or of its square.
template <bool kSquare, typename T>
void sum_over_pixels(const T* x, int64_t pixels, int64_t channels, const float* center, float* sums) {
  const F32 d;
  for_vectors(channels, [&](int64_t c, auto part) HWY_ATTR {
    const Floats middle = load(center + c, part);
    Floats sum = hn::Zero(d);
    for (int64_t pixel = 0; pixel < pixels; ++pixel) {
      const Floats difference = hn::Sub(load(x + pixel * channels + c, part), middle);
      sum = kSquare ? hn::MulAdd(difference, difference, sum) : hn::Add(sum, difference);
    }
    store(sum, sums + c, part);
  });
}

/// The moments of each group over some pixels. `channel_values` is room for two rows of channels.
void group_moments_of_pixels(const Tensor& x, int64_t groups, Pixels pixels, float* channel_values,
                             GroupMoments* moments) {
  const int64_t channels = x.channels();
  const int64_t width = channels / groups;
  float* const center = channel_values;
  float* const sums = channel_values + channels;
  const auto sum_of_group = [&](int64_t group) {
    double sum = 0;
    for (int64_t c = group * width; c < (group + 1) * width; ++c) sum += static_cast<double>(sums[c]);
    return sum;
  };
  with_element_type(x.dtype(), [&](auto element) {
    const auto* const from = x.data<decltype(element)>() + pixels.first * channels;
    std::fill_n(center, channels, 0.0F);
    sum_over_pixels<false>(from, pixels.count, channels, center, sums);
    for (int64_t group = 0; group < groups; ++group) {
      const auto mean = static_cast<float>(sum_of_group(group) / static_cast<double>(pixels.count * width));
      moments[group].mean = static_cast<double>(mean);
      std::fill_n(center + group * width, width, mean);
    }
    sum_over_pixels<true>(from, pixels.count, channels, center, sums);
    for (int64_t group = 0; group < groups; ++group) moments[group].squares = sum_of_group(group);
  });
}

/// result = activation(x · factor + offset), channel by channel.
void scale_and_activate_pixels(const Tensor& x, Pixels pixels, const float* factor, const float* offset,
                               Activation activation, Tensor& result) {
  const int64_t channels = x.channels();
  with_element_type(x.dtype(), [&](auto from_element) {
    with_element_type(result.dtype(), [&](auto to_element) {
      for (int64_t pixel = pixels.first; pixel < pixels.first + pixels.count; ++pixel) {
        const auto* const from = x.data<decltype(from_element)>() + pixel * channels;
        auto* const to = result.data<decltype(to_element)>() + pixel * channels;
        for_vectors(channels, [&](int64_t c, auto part) HWY_ATTR {
          const Floats normal = hn::MulAdd(load(from + c, part), load(factor + c, part), load(offset + c, part));
          store(activate<decltype(to_element)>(normal, activation), to + c, part);
        });
      }
    });
  });
}

}  // namespace odsora::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace odsora {

HWY_EXPORT(group_moments_of_pixels);
HWY_EXPORT(scale_and_activate_pixels);

namespace {

constexpr int64_t kChunkBytes = 128 << 10;  // read twice, so that it should stay in the second-level cache

/// Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances", eq. 2.1.
GroupMoments combine(GroupMoments a, double a_count, GroupMoments b, double b_count) {
  const double difference = b.mean - a.mean;
  const double count = a_count + b_count;
  return {a.mean + difference * b_count / count,
          a.squares + b.squares + difference * difference * a_count * b_count / count};
}

/// A typed array in a workspace's block.
template <typename T>
struct Scratch {
  Scratch(Workspace& workspace, int64_t count)
      : block(workspace.allocate(static_cast<size_t>(count) * sizeof(T))), data(reinterpret_cast<T*>(block.data())) {}
  WorkspaceBlock block;
  T* data;
};

}  // namespace

void group_norm_affine(const Tensor& x, const GroupNorm& norm, Workspace& workspace, Tensor& affine) {
  const int64_t channels = x.channels();
  const int64_t items = x.dim(0);
  const int64_t pixels = x.rows() / items;
  const int64_t width = channels / norm.groups;
  const auto pixel_bytes = channels * static_cast<int64_t>(size_of(x.dtype()));
  const int64_t chunk_pixels = std::clamp<int64_t>(kChunkBytes / pixel_bytes, 1, pixels);
  const int64_t chunks = (pixels + chunk_pixels - 1) / chunk_pixels;
  assert(channels % norm.groups == 0 && norm.weight.count() == channels && norm.bias.count() == channels);
  assert(affine.shape() == (Shape{items, 2, channels}));
  const auto pixels_of_chunk = [&](int64_t chunk) { return std::min(chunk_pixels, pixels - chunk * chunk_pixels); };

  const Scratch<GroupMoments> moments(workspace, items * chunks * norm.groups);
  const Scratch<float> channel_values(workspace, omp_get_max_threads() * 2 * channels);
  parallel_tasks(items * chunks, bytes_of(x) < kBytesWorthThreads ? 1 : omp_get_max_threads(), [&](int thread) {
    float* const values = channel_values.data + thread * 2 * channels;
    return [&, values](int64_t task) {
      const int64_t chunk = task % chunks;
      const Pixels part{task / chunks * pixels + chunk * chunk_pixels, pixels_of_chunk(chunk)};
      HWY_DYNAMIC_DISPATCH(group_moments_of_pixels)
      (x, norm.groups, part, values, moments.data + task * norm.groups);
    };
  });

  for (int64_t item = 0; item < items; ++item) {
    float* const factor = affine.data<float>() + item * 2 * channels;
    float* const offset = factor + channels;
    for (int64_t group = 0; group < norm.groups; ++group) {
      GroupMoments whole = moments.data[item * chunks * norm.groups + group];
      for (int64_t chunk = 1; chunk < chunks; ++chunk) {
        whole = combine(whole, static_cast<double>(chunk * chunk_pixels * width),
                        moments.data[(item * chunks + chunk) * norm.groups + group],
                        static_cast<double>(pixels_of_chunk(chunk) * width));
      }
      const double variance = whole.squares / static_cast<double>(pixels * width);
      const double scale = 1.0 / std::sqrt(variance + static_cast<double>(norm.epsilon));
      for (int64_t c = group * width; c < (group + 1) * width; ++c) {
        const double weight = static_cast<double>(norm.weight.data<float>()[c]) * scale;
        factor[c] = static_cast<float>(weight);
        offset[c] = static_cast<float>(static_cast<double>(norm.bias.data<float>()[c]) - whole.mean * weight);
      }
    }
  }
}

void apply_affine(const Tensor& x, const Tensor& affine, Activation activation, Tensor& result) {
  const int64_t channels = x.channels();
  const int64_t pixels = x.rows() / x.dim(0);  // of an item
  assert(affine.shape() == (Shape{x.dim(0), 2, channels}) && result.shape() == x.shape());
  parallel_rows(x.rows(), bytes_of(x) + bytes_of(result), [&](int64_t first, int64_t last) {
    while (first < last) {  // pieces that end with their item
      const int64_t item = first / pixels;
      const int64_t end = std::min(last, (item + 1) * pixels);
      const float* const factor = affine.data<float>() + item * 2 * channels;
      HWY_DYNAMIC_DISPATCH(scale_and_activate_pixels)
      (x, {first, end - first}, factor, factor + channels, activation, result);
      first = end;
    }
  });
}

}  // namespace odsora
#endif
