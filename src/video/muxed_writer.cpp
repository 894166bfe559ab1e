#include "video/muxed_writer.h"

extern "C" {
#include <libavutil/dict.h>
#include <libavutil/opt.h>
}

#include <cassert>

#include "base/error.h"
#include "video/container_comment.h"
#include "video/libav.h"
#include "video/pending_file.h"

namespace odsora {
namespace {

constexpr int kEncoderThreads = 2;            // constant: the bytes of some encoders depend on it
constexpr int kMaxRateDenominator = 1001000;  // holds 24000/1001 and its kin exactly

struct MuxerDeleter {
  void operator()(AVFormatContext* muxer) const {
    avio_closep(&muxer->pb);
    avformat_free_context(muxer);
  }
};
using Muxer = std::unique_ptr<AVFormatContext, MuxerDeleter>;

CodecContext open_encoder(const VideoFormat& format, const std::filesystem::path& output, const MuxedKind& kind) {
  CodecContext encoder = make_encoder(kind.encoder);
  encoder->width = format.width;
  encoder->height = format.height;
  encoder->pix_fmt = AV_PIX_FMT_YUV420P;
  encoder->framerate = av_d2q(format.fps, kMaxRateDenominator);
  encoder->time_base = av_inv_q(encoder->framerate);
  encoder->color_range = AVCOL_RANGE_MPEG;
  encoder->color_primaries = AVCOL_PRI_BT709;
  encoder->color_trc = AVCOL_TRC_BT709;
  encoder->colorspace = AVCOL_SPC_BT709;
  encoder->chroma_sample_location = AVCHROMA_LOC_LEFT;
  encoder->thread_count = kEncoderThreads;
  encoder->flags |= AV_CODEC_FLAG_BITEXACT | AV_CODEC_FLAG_GLOBAL_HEADER;
  for (const auto& [name, value] : kind.encoder_options) {
    check_libav(av_opt_set(encoder.get(), name, value.c_str(), AV_OPT_SEARCH_CHILDREN), output);
  }
  check_libav(avcodec_open2(encoder.get(), nullptr, nullptr), output);
  return encoder;
}

/// RGB to limited-range BT.709, the same on every CPU.
Scaler make_color_converter(const VideoFormat& format) {
  constexpr int kFlags = SWS_BICUBIC | SWS_ACCURATE_RND | SWS_BITEXACT | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP;
  Scaler converter(sws_getContext(format.width, format.height, AV_PIX_FMT_RGB24, format.width, format.height,
                                  AV_PIX_FMT_YUV420P, kFlags, nullptr, nullptr, nullptr));
  if (!converter) fail(ErrorCode::kUnsupported, "the installed libswscale cannot convert RGB to YUV 4:2:0");
  const int* matrix = sws_getCoefficients(SWS_CS_ITU709);
  constexpr int kFullRange = 1, kLimitedRange = 0, kNoBrightness = 0, kOne = 1 << 16;
  if (sws_setColorspaceDetails(converter.get(), matrix, kFullRange, matrix, kLimitedRange, kNoBrightness, kOne, kOne) <
      0) {
    fail(ErrorCode::kUnsupported, "the installed libswscale cannot convert to BT.709");
  }
  return converter;
}

/// A muxer that has written its header to `file`.
Muxer open_muxer(const AVCodecContext& encoder, const PendingFile& file, const MuxedKind& kind,
                 const std::string& generation_data) {
  const std::string url = "file:" + file.temporary().string();  // the scheme keeps a ':' in the name from being one
  AVFormatContext* allocated = nullptr;
  check_libav(avformat_alloc_output_context2(&allocated, nullptr, kind.container, url.c_str()), file.target());
  Muxer muxer(allocated);
  muxer->flags |= AVFMT_FLAG_BITEXACT;
  AVStream* stream = avformat_new_stream(muxer.get(), nullptr);
  if (stream == nullptr) throw std::bad_alloc();
  check_libav(avcodec_parameters_from_context(stream->codecpar, &encoder), file.target());
  stream->time_base = encoder.time_base;
  stream->avg_frame_rate = encoder.framerate;
  if (!generation_data.empty()) {
    check_libav(av_dict_set(&muxer->metadata, kCommentKey, generation_data.c_str(), 0), file.target());
  }
  check_libav(avio_open(&muxer->pb, url.c_str(), AVIO_FLAG_WRITE), file.target());
  for (const auto& [name, value] : kind.container_options) {
    check_libav(av_opt_set(muxer->priv_data, name, value.c_str(), 0), file.target());
  }
  check_libav(avformat_write_header(muxer.get(), nullptr), file.target());
  return muxer;
}

class MuxedWriter : public VideoWriter {
 public:
  MuxedWriter(const VideoFormat& format, const std::filesystem::path& output, const MuxedKind& kind)
      : frames_(format.frames),
        file_(output),
        encoder_(open_encoder(format, output, kind)),
        converter_(make_color_converter(format)),
        rgb_(make_frame(AV_PIX_FMT_RGB24, format.width, format.height)),
        yuv_(make_frame(AV_PIX_FMT_YUV420P, format.width, format.height)),
        packet_(make_packet()),
        muxer_(open_muxer(*encoder_, file_, kind, format.generation_data)) {}

  void write(std::span<const uint8_t> rgb) override {
    assert(written_ < frames_);
    copy_pixels(rgb, *rgb_);
    if (av_frame_make_writable(yuv_.get()) < 0) throw std::bad_alloc();
    sws_scale(converter_.get(), rgb_->data, rgb_->linesize, 0, rgb_->height, yuv_->data, yuv_->linesize);
    yuv_->pts = written_++;
    encode(yuv_.get());
  }

  void finish() override {
    assert(written_ == frames_);
    encode(nullptr);
    check(av_write_trailer(muxer_.get()));
    avio_flush(muxer_->pb);
    check(muxer_->pb->error);
    check(avio_closep(&muxer_->pb));
    file_.flush();
    file_.publish();
  }

 private:
  int check(int code) const { return check_libav(code, file_.target()); }

  /// Hands over one frame, or nullptr after the last, and writes what is ready.
  void encode(const AVFrame* frame) {
    check(avcodec_send_frame(encoder_.get(), frame));
    while (true) {
      const int code = avcodec_receive_packet(encoder_.get(), packet_.get());
      if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return;
      check(code);
      packet_->duration = 1;
      av_packet_rescale_ts(packet_.get(), encoder_->time_base, muxer_->streams[0]->time_base);
      check(av_interleaved_write_frame(muxer_.get(), packet_.get()));
    }
  }

  const int frames_;
  int written_ = 0;
  PendingFile file_;  // outlives the muxer that writes to it
  CodecContext encoder_;
  Scaler converter_;
  Frame rgb_, yuv_;
  Packet packet_;
  Muxer muxer_;
};

}  // namespace

std::unique_ptr<VideoWriter> open_muxed_writer(const VideoFormat& format, const std::filesystem::path& output,
                                               const MuxedKind& kind) {
  return std::make_unique<MuxedWriter>(format, output, kind);
}

}  // namespace odsora
