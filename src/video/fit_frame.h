// Brings a decoded frame of any size and format to RGB of one size: resized until it covers that, cropped in the
// centre.
#pragma once

#include <cstdint>
#include <span>

#include "base/units.h"
#include "video/libav.h"

namespace odsora {

struct FrameSize {
  int width = 0, height = 0;  // pixels
  bool operator==(const FrameSize&) const = default;
};

/// Where the target lies in the resized frame.
struct CoverFit {
  FrameSize resized;
  int left = 0, top = 0;  // pixels
};

/// The smallest size with the source's proportions that covers the target: one side is the target's, the other is
/// rounded to the nearest. What is too much is cut off on both sides; an odd pixel is cut on the right or below.
CoverFit cover(FrameSize source, FrameSize target);

/// How stored pixels are to be seen: the stored pixel (x, y) is shown at (a x + c y, b x + d y), moved to where all are
/// positive. One of the eight turns and mirror images.
struct Orientation {
  int a = 1, b = 0, c = 0, d = 1;
  bool swaps_sides() const { return a == 0; }
};

/// libav's matrix of nine, or the upright orientation if it is null or turns by something else than quarters.
Orientation orientation_of(const int32_t* display_matrix);

enum class ResizeFilter {
  kBicubic,   // a = -0.5, widened where it shrinks: what PIL does with pictures
  kBilinear,  // widened where it shrinks, too
};

/// The bytes depend on the frame only, not on the CPU. Colours are taken by the matrix and range that the frame states,
/// else by BT.601, limited for YUV; transparency is dropped.
class FrameFitter {
 public:
  FrameFitter(FrameSize target, ResizeFilter filter) : target_(target), filter_(filter) {}

  /// `rgb`: [height, width, 3] of the target. Throws Error(kUnsupported) if libswscale cannot read the format.
  void fit(const AVFrame& frame, const Orientation& orientation, std::span<uint8_t> rgb);

  /// The most that fitting frames of this stored size holds, however they are turned.
  Bytes memory(FrameSize source) const;

 private:
  /// What a scaler is made for.
  struct Source {
    FrameSize size, resized;
    int format = AV_PIX_FMT_NONE;
    int matrix = AVCOL_SPC_UNSPECIFIED;
    int range = AVCOL_RANGE_UNSPECIFIED;
    int chroma = AVCHROMA_LOC_UNSPECIFIED;
    bool operator==(const Source&) const = default;
  };

  void prepare(const Source& source);

  FrameSize target_;
  ResizeFilter filter_;
  Source source_;
  Scaler scaler_;
  Frame resized_;
};

}  // namespace odsora
