// Still pictures: their size by their header alone, and their bytes as one packet for a decoder.
#pragma once

#include "base/units.h"
#include "video/fit_frame.h"
#include "video/libav.h"
#include "video/media_file.h"

namespace odsora {

struct PictureHeader {
  AVCodecID codec = AV_CODEC_ID_NONE;
  FrameSize size;            // as stored; 0 where the header is nonsense
  int decoded_bytes = 0;     // the most that a decoder holds for one pixel
  uint64_t pixels_from = 0;  // the byte where compressed pixels may begin
};

/// Reads the header of a PNG, JPEG, WebP, BMP or GIF. Throws Error(kInvalidArgument) where it is damaged, or says what
/// libav cannot decode.
PictureHeader read_picture_header(MediaFile& file);

/// True for a GIF of several pictures. Throws Error(kInvalidArgument) where the file ends within a picture.
bool is_animated(MediaFile& gif);

/// The whole picture. What has no part in its pixels, such as compressed texts in a PNG, is left out of a PNG: a few
/// bytes of it can swell to gigabytes. Throws Error(kInvalidArgument) where the file ends too early or is larger than
/// any picture is.
Packet read_picture(MediaFile& file, const PictureHeader& header);

/// Throws Error(kInvalidArgument) naming the file if a JPEG has more scans than a picture has use for: each costs the
/// time of the whole picture, however short it is.
void check_jpeg_scans(std::span<const uint8_t> jpeg, const std::string& name);

}  // namespace odsora
