// Owners for libav's objects, and its error codes as our errors.
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/frame.h>
#include <libswscale/swscale.h>
}

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

namespace odsora {

struct LibavDeleter {
  void operator()(AVCodecContext* context) const { avcodec_free_context(&context); }
  void operator()(AVFrame* frame) const { av_frame_free(&frame); }
  void operator()(AVPacket* packet) const { av_packet_free(&packet); }
  void operator()(SwsContext* context) const { sws_freeContext(context); }
};

using CodecContext = std::unique_ptr<AVCodecContext, LibavDeleter>;
using Frame = std::unique_ptr<AVFrame, LibavDeleter>;
using Packet = std::unique_ptr<AVPacket, LibavDeleter>;
using Scaler = std::unique_ptr<SwsContext, LibavDeleter>;

/// Throws Error(kOutput) naming the file and libav's reason if `code` is negative. Returns the code otherwise.
int check_libav(int code, const std::filesystem::path& output);

/// What libav says of a negative code.
std::string libav_reason(int code);

/// A context for the encoder of that name, not yet opened. Throws Error(kUnsupported) if this libav has none.
CodecContext make_encoder(const char* name);

Packet make_packet();

/// A frame without memory, for a decoder to fill. Throws std::bad_alloc.
Frame make_empty_frame();

/// A frame with memory of its own. Throws std::bad_alloc.
Frame make_frame(AVPixelFormat pixels, int width, int height);

/// Copies [height, width, 3] into an RGB24 frame of that size, which may still be shared with an encoder.
void copy_pixels(std::span<const uint8_t> rgb, AVFrame& frame);

}  // namespace odsora
