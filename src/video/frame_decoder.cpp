#include "video/frame_decoder.h"

extern "C" {
#include <libavutil/buffer.h>
#include <libavutil/mem.h>
}

#include <algorithm>
#include <new>

#include "base/error.h"

namespace odsora {
namespace {

constexpr int kMargin =
    128;  // pixels a side that decoders add: whole blocks, and edges for motion that leaves the frame

int64_t padded_pixels(FrameSize size) { return (int64_t{size.width} + kMargin) * (int64_t{size.height} + kMargin); }

/// Frames that H.264 and H.265 keep: 16, fewer where they are large, by the tables of levels.
Bytes frames_of_level(FrameSize size) {
  constexpr int64_t kPixelsOfLevel51 = int64_t{184320} * 256;
  constexpr int64_t kFewest = 6, kMost = 16;
  return static_cast<Bytes>(std::clamp(kPixelsOfLevel51 / padded_pixels(size), kFewest, kMost));
}

struct CodecMemory {
  Bytes frames;            // kept for others to refer to
  Bytes bytes_per_2pixel;  // of one frame
};

/// Twice the bytes of a pixel in 4:2:0 of 8 bits, in that of 10 bits and in 4:2:2 of 10 bits with transparency.
constexpr Bytes k8Bits = 3, k10Bits = 6, kStudio = 16;

CodecMemory codec_memory(const AVCodecParameters& parameters) {
  const FrameSize size{parameters.width, parameters.height};
  // The profile is the second byte of what MP4 and Matroska say of H.264 and H.265.
  const int profile = parameters.extradata_size > 1 && parameters.extradata[0] == 1 ? parameters.extradata[1] : -1;
  constexpr int kHigh = 100, kMain = 1, kProfileBits = 31;
  switch (parameters.codec_id) {
    case AV_CODEC_ID_H264: return {frames_of_level(size), profile >= 0 && profile <= kHigh ? k8Bits : k10Bits};
    case AV_CODEC_ID_HEVC:
      return {frames_of_level(size), profile >= 0 && (profile & kProfileBits) == kMain ? k8Bits : k10Bits};
    case AV_CODEC_ID_VP8: return {4, k8Bits};
    case AV_CODEC_ID_VP9:
    case AV_CODEC_ID_AV1: return {8, k10Bits};
    case AV_CODEC_ID_MPEG4: return {3, k8Bits};
    case AV_CODEC_ID_MJPEG: return {2, kStudio};
    case AV_CODEC_ID_PRORES: return {0, kStudio};
    case AV_CODEC_ID_GIF: return {2, kStudio};
    default: return {0, 0};
  }
}

/// What a frame gives back when nobody refers to it any more.
struct Loan {
  Bytes* free = nullptr;
  Bytes bytes = 0;
};

void release(void*, uint8_t* memory) {
  const auto* loan = reinterpret_cast<const Loan*>(memory);
  *loan->free += loan->bytes;
  av_free(memory);
}

/// Takes `bytes` from `free` for as long as the reference lives. Null if there are not so many.
AVBufferRef* lend(Bytes& free, Bytes bytes) {
  if (bytes > free) return nullptr;
  const Loan loan{.free = &free, .bytes = bytes};
  void* memory = av_memdup(&loan, sizeof(loan));
  if (memory == nullptr) return nullptr;
  AVBufferRef* reference = av_buffer_create(static_cast<uint8_t*>(memory), sizeof(loan), &release, nullptr, 0);
  if (reference == nullptr) {
    av_free(memory);
    return nullptr;
  }
  free -= bytes;
  return reference;
}

}  // namespace

bool is_video_codec(AVCodecID codec) {
  AVCodecParameters parameters{};
  parameters.codec_id = codec;
  return codec_memory(parameters).bytes_per_2pixel > 0;
}

const char* video_codec_names() { return "H.264, H.265, VP8, VP9, AV1, MPEG-4, Motion JPEG, ProRes or GIF"; }

Bytes picture_memory(FrameSize size, int decoded_bytes) {
  constexpr Bytes kFixed = Bytes{4} << 20;
  return kFixed + static_cast<Bytes>(padded_pixels(size)) * static_cast<Bytes>(decoded_bytes);
}

Bytes video_memory(const AVCodecParameters& parameters) {
  constexpr Bytes kFixed = Bytes{8} << 20;
  constexpr Bytes kInUse = 3;  // the one decoded, the one shown, and one that waits for its turn
  const CodecMemory memory = codec_memory(parameters);
  const auto pixels = static_cast<Bytes>(padded_pixels({parameters.width, parameters.height}));
  return kFixed + (memory.frames + kInUse) * pixels * (memory.bytes_per_2pixel + 1) / 2;
}

FrameDecoder::FrameDecoder(const AVCodecParameters& parameters, Bytes memory, const std::string& file_name)
    : free_(memory) {
  const AVCodec* codec = avcodec_find_decoder(parameters.codec_id);
  if (codec == nullptr) {
    fail(ErrorCode::kUnsupported, file_name, ": the installed libavcodec has no decoder for ",
         avcodec_get_name(parameters.codec_id));
  }
  context_.reset(avcodec_alloc_context3(codec));
  if (!context_ || avcodec_parameters_to_context(context_.get(), &parameters) < 0) throw std::bad_alloc();
  context_->thread_count = 1;
  context_->max_pixels = padded_pixels({parameters.width, parameters.height});
  context_->err_recognition = AV_EF_CRCCHECK | AV_EF_BITSTREAM | AV_EF_BUFFER | AV_EF_EXPLODE;
  context_->flags |= AV_CODEC_FLAG_BITEXACT;
  // H.264 that does not say how many frames arrive out of order: wait for as many as there may be.
  if (parameters.codec_id == AV_CODEC_ID_H264) context_->strict_std_compliance = FF_COMPLIANCE_STRICT;
  context_->opaque = this;
  context_->get_buffer2 = &get_buffer;
  if (avcodec_open2(context_.get(), codec, nullptr) < 0) {
    fail(ErrorCode::kInvalidArgument, file_name, ": the video is damaged: what it says of its ",
         avcodec_get_name(parameters.codec_id), " cannot be understood");
  }
}

int FrameDecoder::receive(AVFrame& frame) {
  const int code = avcodec_receive_frame(context_.get(), &frame);
  if (code < 0) return code;
  const bool is_guessed = frame.decode_error_flags != 0 || (frame.flags & AV_FRAME_FLAG_CORRUPT) != 0;
  return is_guessed ? AVERROR_INVALIDDATA : 0;
}

int FrameDecoder::get_buffer(AVCodecContext* context, AVFrame* frame, int flags) {
  auto& decoder = *static_cast<FrameDecoder*>(context->opaque);
  const int code = avcodec_default_get_buffer2(context, frame, flags);
  if (code < 0) return code;
  Bytes bytes = 0;
  for (const AVBufferRef* buffer : frame->buf) bytes += buffer != nullptr ? buffer->size : 0;
  AVBufferRef* loan = lend(decoder.free_, bytes);
  if (loan == nullptr) {
    for (AVBufferRef*& buffer : frame->buf) av_buffer_unref(&buffer);
    return AVERROR(ENOMEM);
  }
  av_buffer_unref(&frame->opaque_ref);
  frame->opaque_ref = loan;
  return 0;
}

}  // namespace odsora
