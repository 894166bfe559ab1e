#include "nn/conv_bands.h"

#include <algorithm>
#include <utility>

namespace odsora {
namespace {

/// Rows [first, first + count) of one item of pictures [items, height, width, channels]. A view.
Tensor rows_of(const Tensor& pictures, int64_t item, int64_t first, int64_t count) {
  const int64_t height = pictures.dim(1), width = pictures.dim(2), channels = pictures.channels();
  return pictures.view({pictures.dim(0) * height, width, channels})
      .slice(item * height + first, count)
      .view({1, count, width, channels});
}

Shape shape_after(const Shape& pictures, const Conv& conv) {
  return {pictures[0], conv.window.extent_after(0, pictures[1]), conv.window.extent_after(1, pictures[2]),
          conv.outputs};
}

}  // namespace

std::vector<RowBand> cut_bands(const ConvWindow& window, int64_t height, int64_t rows_per_band) {
  const int64_t rows = window.extent_after(0, height);
  std::vector<RowBand> bands;
  for (int64_t first = 0; first < rows; first += rows_per_band) {
    const int64_t count = std::min(rows_per_band, rows - first);
    // The input's rows that the window sees, some of which are padding.
    const int64_t begin = first * window.stride[0] - window.pad_before[0];
    const int64_t end = (first + count - 1) * window.stride[0] - window.pad_before[0] + window.kernel[0];
    const int64_t input_first = std::clamp<int64_t>(begin, 0, height);
    const int64_t input_end = std::clamp<int64_t>(end, input_first, height);
    bands.push_back({.first = first,
                     .count = count,
                     .input_first = input_first,
                     .input_count = input_end - input_first,
                     .padding = {.above = input_first - begin, .below = end - input_end}});
  }
  return bands;
}

bool ConvBands::stays_whole(const Shape& input, const Conv& conv) const {
  if (input.size() != 4) return true;
  return std::max(element_count(input), element_count(shape_after(input, conv))) <= band_elements();
}

/// Calls body(item, band) for every band of every item of an input of this shape.
template <typename Body>
void ConvBands::for_each_band(const Shape& input, const Conv& conv, const Body& body) const {
  const int64_t input_row = input[2] * input[3] * conv.window.stride[0];  // of one row of the result
  const int64_t result_row = shape_after(input, conv)[2] * conv.outputs;
  const int64_t rows_per_band = std::max<int64_t>(band_elements() / std::max(input_row, result_row), 1);
  const std::vector<RowBand> bands = cut_bands(conv.window, input[1], rows_per_band);
  for (int64_t item = 0; item < input[0]; ++item) {
    for (const RowBand& band : bands) body(item, band);
  }
}

Tensor ConvBands::conv(const Tensor& x, const Conv& conv, DType result_type) const {
  if (stays_whole(x.shape(), conv)) return ops_.conv(ops_.convert(x, conv.type), conv, result_type);
  Tensor result = ops_.empty(result_type, shape_after(x.shape(), conv));
  for_each_band(x.shape(), conv, [&](int64_t item, const RowBand& band) {
    const Tensor input = ops_.convert(rows_of(x, item, band.input_first, band.input_count), conv.type);
    Tensor rows = rows_of(result, item, band.first, band.count);
    ops_.conv_rows(input, conv, band.padding, rows);
  });
  return result;
}

Tensor ConvBands::pointwise(Tensor x, const Conv& conv) const {
  if (conv.outputs > conv.inputs || stays_whole(x.shape(), conv)) return this->conv(x, conv, x.dtype());
  Shape shape = shape_after(x.shape(), conv);
  const Tensor result = x.view({x.count()}).slice(0, element_count(shape)).view(shape);
  for_each_band(x.shape(), conv, [&](int64_t item, const RowBand& band) {
    const Tensor input = ops_.convert(rows_of(x, item, band.input_first, band.input_count), conv.type);
    Tensor rows = rows_of(result, item, band.first, band.count);  // over rows of x that were read before, or now
    Tensor fresh = ops_.empty(rows.dtype(), rows.shape());
    ops_.conv_rows(input, conv, band.padding, fresh);
    ops_.assign(rows, fresh);
  });
  return std::move(x).reshaped(std::move(shape));
}

Tensor ConvBands::norm_conv(const Tensor& x, const GroupNorm& norm, const Conv& conv, DType result_type) const {
  if (stays_whole(x.shape(), conv)) {
    return ops_.conv(ops_.group_norm(x, norm, Activation::kSilu, conv.type), conv, result_type);
  }
  const Tensor affine = ops_.group_norm_affine(x, norm);  // [items, 2, channels]
  Tensor result = ops_.empty(result_type, shape_after(x.shape(), conv));
  for_each_band(x.shape(), conv, [&](int64_t item, const RowBand& band) {
    const Tensor input = ops_.apply_affine(rows_of(x, item, band.input_first, band.input_count), affine.slice(item, 1),
                                           Activation::kSilu, conv.type);
    Tensor rows = rows_of(result, item, band.first, band.count);
    ops_.conv_rows(input, conv, band.padding, rows);
  });
  return result;
}

void ConvBands::add_norm_conv(Tensor& sum, const Tensor& x, const GroupNorm& norm, const Conv& conv) const {
  if (stays_whole(x.shape(), conv)) {
    ops_.add(sum, ops_.conv(ops_.group_norm(x, norm, Activation::kSilu, conv.type), conv, conv.type));
    return;
  }
  const Tensor affine = ops_.group_norm_affine(x, norm);  // [items, 2, channels]
  for_each_band(x.shape(), conv, [&](int64_t item, const RowBand& band) {
    const Tensor input = ops_.apply_affine(rows_of(x, item, band.input_first, band.input_count), affine.slice(item, 1),
                                           Activation::kSilu, conv.type);
    Tensor rows = rows_of(sum, item, band.first, band.count);
    Tensor addend = ops_.empty(conv.type, rows.shape());
    ops_.conv_rows(input, conv, band.padding, addend);
    ops_.add(rows, addend);
  });
}

Tensor ConvBands::upsample_conv(const Tensor& x, const UpsampleConv& conv, DType result_type) const {
  const int64_t height = 2 * x.dim(1);
  Tensor result = ops_.empty(result_type, {x.dim(0), height, 2 * x.dim(2), conv.outputs});
  constexpr int64_t kOutside = 1;  // pixels that the quads around the border reach over it
  if (stays_whole(x.shape(), conv.quads)) {
    ops_.join_quads(ops_.conv(x, conv.quads, result_type), kOutside, result);
    return result;
  }
  for_each_band(x.shape(), conv.quads, [&](int64_t item, const RowBand& band) {
    Tensor quads = ops_.empty(result_type, {1, band.count, x.dim(2) + 1, conv.quads.outputs});
    ops_.conv_rows(rows_of(x, item, band.input_first, band.input_count), conv.quads, band.padding, quads);
    const int64_t begin = 2 * band.first - kOutside, end = begin + 2 * band.count;
    const int64_t first = std::max<int64_t>(begin, 0);
    Tensor rows = rows_of(result, item, first, std::min(end, height) - first);
    ops_.join_quads(quads, first - begin, rows);
  });
  return result;
}

}  // namespace odsora
