// Convolutions over large pictures, band of rows by band of rows, so that what is made only to be convolved (the
// normalised picture, the magnified one) never exists whole.
//
// How a picture is cut depends on its size alone, never on memory or threads.
#pragma once

#include <vector>

#include "nn/ops.h"
#include "nn/upsample_conv.h"

namespace odsora {

/// Some rows of a convolution's result, and the rows of its input that they see.
struct RowBand {
  int64_t first = 0;  // of the result
  int64_t count = 0;
  int64_t input_first = 0;
  int64_t input_count = 0;
  RowPadding padding;
};

/// Cuts the result for an input of `height` rows into bands of `rows_per_band` (fewer in the last).
std::vector<RowBand> cut_bands(const ConvWindow& window, int64_t height, int64_t rows_per_band);

/// What a band's input or result may take in f32 (bf16 is cut alike). A band has one row at least.
constexpr int64_t kBandBytes = 16 << 20;

/// The pictures are [items, height, width, channels]. Where a convolution moves over time as well, [items, frames,
/// height, width, channels], nothing is cut. `Ops` must live longer.
class ConvBands {
 public:
  explicit ConvBands(Ops& ops, int64_t band_bytes = kBandBytes) : ops_(ops), band_bytes_(band_bytes) {}

  /// x f32 or compute type → `result` type: conv(x).
  Tensor conv(const Tensor& x, const Conv& conv, DType result) const;

  /// x f32 or compute type → x's type: conv(x), of a 1 x 1 convolution. A large result that is no larger than x lies
  /// where x lay.
  Tensor pointwise(Tensor x, const Conv& conv) const;

  /// x f32 or compute type → `result` type: conv(silu(group_norm(x))).
  Tensor norm_conv(const Tensor& x, const GroupNorm& norm, const Conv& conv, DType result) const;

  /// sum f32 or compute type += conv(silu(group_norm(x))), rounded to conv.type first.
  void add_norm_conv(Tensor& sum, const Tensor& x, const GroupNorm& norm, const Conv& conv) const;

  /// x of conv.quads.type [items, height, width, inputs] → `result` type, that or f32,
  /// [items, 2 height, 2 width, outputs].
  Tensor upsample_conv(const Tensor& x, const UpsampleConv& conv, DType result) const;

 private:
  int64_t band_elements() const { return band_bytes_ / static_cast<int64_t>(sizeof(float)); }
  bool stays_whole(const Shape& input, const Conv& conv) const;
  template <typename Body>
  void for_each_band(const Shape& input, const Conv& conv, const Body& body) const;

  Ops& ops_;
  int64_t band_bytes_;
};

}  // namespace odsora
