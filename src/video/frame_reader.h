// Reads the pictures and videos that condition a generation, frame by frame, in the size that it needs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>

#include "base/units.h"
#include "video/fit_frame.h"
#include "video/frame_decoder.h"
#include "video/libav.h"
#include "video/media_file.h"
#include "video/picture_file.h"
#include "video/video_demuxer.h"

namespace odsora {

/// A picture: PNG, JPEG, WebP, BMP, or a GIF of one picture; of an animated PNG the still picture that every program
/// shows. A video: MP4, MOV, WebM, MKV, AVI or an animated GIF; of several video streams the first, each stored frame
/// once, whatever its duration. What the file holds decides, not its name. The file is a stranger's: nothing but it is
/// opened, and what it can make us hold is known before its pixels are touched.
///
/// Frames are turned as the file says, by quarters, mirrored too: MP4 and MOV by their display matrix, JPEG by its
/// EXIF. Pixels are taken for square. Colours are those of the file's matrix and range; colour profiles are not
/// applied, high dynamic range is not mapped, and transparency is dropped.
class FrameReader {
 public:
  /// Reads headers only. `target` is the size of the frames, at least 1 x 1. Throws Error: kInvalidArgument naming the
  /// file if it cannot be opened, is no picture or video, is damaged or cut off, has more than 8192 pixels a side or
  /// 33,554,432 in all, or would have once it covers the target; kUnsupported if the installed libav lacks the codec.
  /// Silences libav's own log for the whole process.
  FrameReader(const std::filesystem::path& path, FrameSize target);

  bool is_picture() const { return !demuxer_.has_value(); }

  /// The most that reading all frames holds, this reader included.
  Bytes memory() const;

  /// Puts the next frame into `rgb`, u8 [height, width, 3] of the target; false after the last one. Throws Error:
  /// kInvalidArgument naming the file where it is damaged or ends too early, telling how many frames could be read, or
  /// has more than 10,000 frames; kUnsupported. After an error the reader is of no more use.
  bool read(std::span<uint8_t> rgb);

 private:
  void open_picture();
  void open_video();
  void check_size(FrameSize stored, const Orientation& turned) const;
  Orientation orientation() const;
  bool decode();
  int send_packet();
  [[noreturn]] void fail_damaged(int code) const;

  MediaFile file_;  // outlives the demuxer
  const FrameSize target_;
  std::optional<VideoDemuxer> demuxer_;  // of a video
  PictureHeader picture_;                // of a picture
  FrameSize size_;
  std::optional<FrameDecoder> decoder_;
  FrameFitter fitter_;
  Packet packet_;
  Frame frame_;
  bool is_packet_sent_ = false;  // that of a picture
  int frames_read_ = 0;
};

}  // namespace odsora
