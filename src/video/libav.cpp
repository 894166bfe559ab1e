#include "video/libav.h"

extern "C" {
#include <libavutil/error.h>
#include <libavutil/imgutils.h>
}

#include <cassert>
#include <new>

#include "base/error.h"

namespace odsora {
namespace {

template <typename Pointer>
Pointer allocated(Pointer pointer) {
  if (!pointer) throw std::bad_alloc();
  return pointer;
}

}  // namespace

int check_libav(int code, const std::filesystem::path& output) {
  if (code >= 0) return code;
  if (code == AVERROR(ENOMEM)) throw std::bad_alloc();
  fail(ErrorCode::kOutput, "cannot write ", output.string(), ": ", libav_reason(code));
}

std::string libav_reason(int code) {
  char reason[AV_ERROR_MAX_STRING_SIZE] = {};
  av_strerror(code, reason, sizeof(reason));
  return reason;
}

CodecContext make_encoder(const char* name) {
  const AVCodec* codec = avcodec_find_encoder_by_name(name);
  if (codec == nullptr) fail(ErrorCode::kUnsupported, "the installed libavcodec has no encoder ", name);
  return allocated(CodecContext(avcodec_alloc_context3(codec)));
}

Packet make_packet() { return allocated(Packet(av_packet_alloc())); }

Frame make_empty_frame() { return allocated(Frame(av_frame_alloc())); }

Frame make_frame(AVPixelFormat pixels, int width, int height) {
  Frame frame = make_empty_frame();
  frame->format = pixels;
  frame->width = width;
  frame->height = height;
  if (av_frame_get_buffer(frame.get(), 0) < 0) throw std::bad_alloc();
  return frame;
}

void copy_pixels(std::span<const uint8_t> rgb, AVFrame& frame) {
  const int row_bytes = 3 * frame.width;
  assert(rgb.size() == static_cast<size_t>(row_bytes) * static_cast<size_t>(frame.height));
  if (av_frame_make_writable(&frame) < 0) throw std::bad_alloc();
  av_image_copy_plane(frame.data[0], frame.linesize[0], rgb.data(), row_bytes, row_bytes, frame.height);
}

}  // namespace odsora
