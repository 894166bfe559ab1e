// Turns packets into frames, within a memory limit that the header of the file sets.
#pragma once

#include <string>

#include "base/units.h"
#include "video/fit_frame.h"
#include "video/libav.h"

namespace odsora {

/// True for the codecs that videos are read in. The others of libav are many, and few of them are looked after.
bool is_video_codec(AVCodecID codec);

/// "H.264, H.265, …"
const char* video_codec_names();

/// What a decoder of still pictures of this size holds.
Bytes picture_memory(FrameSize size, int decoded_bytes);

/// What a decoder of a video codec holds: as many frames as its standard lets it keep, with their motion vectors.
Bytes video_memory(const AVCodecParameters& parameters);

/// Decodes on the thread that calls, the same on every machine.
class FrameDecoder {
 public:
  /// Never holds more than `memory` bytes of frames, nor frames notably larger than `parameters` says. Throws Error
  /// naming the file: kUnsupported if the installed libavcodec has no such decoder, kInvalidArgument if the parameters
  /// are damaged.
  FrameDecoder(const AVCodecParameters& parameters, Bytes memory, const std::string& file_name);
  FrameDecoder(const FrameDecoder&) = delete;
  FrameDecoder& operator=(const FrameDecoder&) = delete;

  /// Hands over a packet, or nullptr after the last. 0 or one of libav's negative codes.
  int send(const AVPacket* packet) { return avcodec_send_packet(context_.get(), packet); }

  /// 0 with the next frame, AVERROR(EAGAIN) where it needs a packet, AVERROR_EOF after the last frame, and another of
  /// libav's negative codes where the packets are damaged, even if a picture could be guessed. `frame` dies before the
  /// decoder.
  int receive(AVFrame& frame);

 private:
  static int get_buffer(AVCodecContext* context, AVFrame* frame, int flags);

  Bytes free_;  // outlives the frames, which give back what they took
  CodecContext context_;
};

}  // namespace odsora
