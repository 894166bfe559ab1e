#include "video/fit_frame.h"

extern "C" {
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
}

#include <algorithm>
#include <cassert>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "base/error.h"

namespace odsora {
namespace {

FrameSize swapped(FrameSize size) { return {size.height, size.width}; }

/// numerator / denominator, halves up.
int rounded_quotient(int64_t numerator, int64_t denominator) {
  return static_cast<int>((2 * numerator + denominator) / (2 * denominator));
}

/// What decoders put into libav's enumerations is a number of the file, and may be none of theirs.
template <typename Enumeration>
int number_in(const Enumeration& value) {
  int number = 0;
  static_assert(sizeof number == sizeof value);
  std::memcpy(&number, &value, sizeof number);
  return number;
}

bool is_full_range(const AVPixFmtDescriptor& format, int range) {
  const bool is_gray = format.nb_components <= 2;
  return range == AVCOL_RANGE_JPEG || (is_gray && range != AVCOL_RANGE_MPEG);
}

/// Tells where the samples of subsampled colours lie, in 1/256 of a pixel.
void set_chroma_position(SwsContext& scaler, const AVPixFmtDescriptor& format, int location) {
  constexpr int kBetween = 128, kOnThePixel = 0;
  if (format.log2_chroma_w == 1) {
    const bool is_left = location == AVCHROMA_LOC_LEFT || location == AVCHROMA_LOC_TOPLEFT;
    av_opt_set_int(&scaler, "src_h_chr_pos", is_left ? kOnThePixel : kBetween, 0);
  }
  if (format.log2_chroma_h == 1) {
    const bool is_top = location == AVCHROMA_LOC_TOP || location == AVCHROMA_LOC_TOPLEFT;
    av_opt_set_int(&scaler, "src_v_chr_pos", is_top ? kOnThePixel : kBetween, 0);
  }
}

}  // namespace

CoverFit cover(FrameSize source, FrameSize target) {
  assert(source.width > 0 && source.height > 0 && target.width > 0 && target.height > 0);
  const int64_t by_width = int64_t{target.width} * source.height, by_height = int64_t{target.height} * source.width;
  CoverFit fit;
  fit.resized = by_width >= by_height ? FrameSize{target.width, rounded_quotient(by_width, source.width)}
                                      : FrameSize{rounded_quotient(by_height, source.height), target.height};
  fit.left = (fit.resized.width - target.width) / 2;
  fit.top = (fit.resized.height - target.height) / 2;
  return fit;
}

Orientation orientation_of(const int32_t* display_matrix) {
  if (display_matrix == nullptr) return {};
  constexpr int32_t kOne = 1 << 16;
  const auto factor = [&](int index) { return display_matrix[index] / kOne; };
  const Orientation read{.a = factor(0), .b = factor(1), .c = factor(3), .d = factor(4)};
  const auto is_unit = [](int value) { return value == 1 || value == -1; };
  const bool is_straight = is_unit(read.a) && is_unit(read.d) && read.b == 0 && read.c == 0;
  const bool is_turned = is_unit(read.b) && is_unit(read.c) && read.a == 0 && read.d == 0;
  return is_straight || is_turned ? read : Orientation{};
}

void FrameFitter::fit(const AVFrame& frame, const Orientation& orientation, std::span<uint8_t> rgb) {
  assert(rgb.size() == 3 * static_cast<size_t>(target_.width) * static_cast<size_t>(target_.height));
  const FrameSize stored{frame.width, frame.height};
  const bool swaps = orientation.swaps_sides();
  const CoverFit shown = cover(swaps ? swapped(stored) : stored, target_);
  prepare({.size = stored,
           .resized = swaps ? swapped(shown.resized) : shown.resized,
           .format = frame.format,
           .matrix = number_in(frame.colorspace),
           .range = number_in(frame.color_range),
           .chroma = number_in(frame.chroma_location)});
  sws_scale(scaler_.get(), frame.data, frame.linesize, 0, frame.height, resized_->data, resized_->linesize);

  // The shown pixel (x, y) is the stored one at (a x + b y, c x + d y), counted from the far side where that is
  // negative.
  const auto [a, b, c, d] = orientation;
  const ptrdiff_t line = resized_->linesize[0];
  const ptrdiff_t right = 3 * ptrdiff_t{a} + line * c, down = 3 * ptrdiff_t{b} + line * d;
  const uint8_t* origin = resized_->data[0] + shown.left * right + shown.top * down;
  if (a + b < 0) origin += 3 * ptrdiff_t{resized_->width - 1};
  if (c + d < 0) origin += line * ptrdiff_t{resized_->height - 1};
  uint8_t* out = rgb.data();
  for (int y = 0; y < target_.height; ++y) {
    for (int x = 0; x < target_.width; ++x) out = std::copy_n(origin + y * down + x * right, 3, out);
  }
}

Bytes FrameFitter::memory(FrameSize source) const {
  const auto pixels = [](FrameSize size) { return static_cast<Bytes>(size.width) * static_cast<Bytes>(size.height); };
  const Bytes resized =
      std::max(pixels(cover(source, target_).resized), pixels(cover(swapped(source), target_).resized));
  constexpr Bytes kBytesPerSide = 512, kFixed = Bytes{1} << 20;  // the scaler's filters and lines
  const auto sides = static_cast<Bytes>(source.width + source.height + target_.width + target_.height);
  return 4 * resized + kBytesPerSide * sides + kFixed;
}

void FrameFitter::prepare(const Source& source) {
  if (source == source_) return;
  const auto format = static_cast<AVPixelFormat>(source.format);
  const AVPixFmtDescriptor* description = av_pix_fmt_desc_get(format);
  if (description == nullptr || sws_isSupportedInput(format) == 0) {
    fail(ErrorCode::kUnsupported, "the installed libswscale cannot read frames of the format ",
         description == nullptr ? "unknown" : description->name);
  }
  source_ = {};
  scaler_.reset(sws_alloc_context());
  if (!scaler_) throw std::bad_alloc();
  const int filter = filter_ == ResizeFilter::kBicubic ? SWS_BICUBIC : SWS_BILINEAR;
  constexpr int kExact = SWS_ACCURATE_RND | SWS_BITEXACT | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP;
  const std::pair<const char*, int> settings[] = {
      {"srcw", source.size.width},    {"srch", source.size.height},    {"src_format", format},
      {"dstw", source.resized.width}, {"dsth", source.resized.height}, {"dst_format", AV_PIX_FMT_RGB24},
      {"sws_flags", filter | kExact},
  };
  for (const auto& [name, value] : settings) av_opt_set_int(scaler_.get(), name, value, 0);
  if (filter_ == ResizeFilter::kBicubic) {
    av_opt_set_double(scaler_.get(), "param0", 0, 0);    // B
    av_opt_set_double(scaler_.get(), "param1", 0.5, 0);  // C
  }
  set_chroma_position(*scaler_, *description, source.chroma);
  // libswscale resizes RGB by way of YUV, and needs the same matrix there and back.
  const bool is_rgb = (description->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL)) != 0;
  const int* matrix = sws_getCoefficients(is_rgb ? SWS_CS_DEFAULT : source.matrix);
  constexpr int kFullRange = 1, kNoBrightness = 0, kOne = 1 << 16;
  sws_setColorspaceDetails(scaler_.get(), matrix, is_full_range(*description, source.range),
                           sws_getCoefficients(SWS_CS_DEFAULT), kFullRange, kNoBrightness, kOne, kOne);
  if (sws_init_context(scaler_.get(), nullptr, nullptr) < 0) {
    fail(ErrorCode::kUnsupported, "the installed libswscale cannot resize ", source.size.width, "x", source.size.height,
         " ", description->name, " to ", source.resized.width, "x", source.resized.height);
  }
  resized_ = make_frame(AV_PIX_FMT_RGB24, source.resized.width, source.resized.height);
  source_ = source;
}

}  // namespace odsora
