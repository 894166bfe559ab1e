#include "video/mp4_writer.h"

extern "C" {
#include <libavutil/dict.h>
#include <libavutil/opt.h>
}

#include <cassert>
#include <string>

#include "base/error.h"
#include "video/libav.h"
#include "video/pending_file.h"

namespace odsora {
namespace {

constexpr int kEncoderThreads = 2;            // constant: x264's bytes depend on it
constexpr int kMaxRateDenominator = 1001000;  // holds 24000/1001 and its kin exactly

struct MuxerDeleter {
  void operator()(AVFormatContext* muxer) const {
    avio_closep(&muxer->pb);
    avformat_free_context(muxer);
  }
};
using Muxer = std::unique_ptr<AVFormatContext, MuxerDeleter>;

CodecContext open_h264(const VideoFormat& format, const std::filesystem::path& output) {
  CodecContext encoder = make_encoder("libx264");
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
  check_libav(av_opt_set(encoder->priv_data, "preset", "medium", 0), output);
  check_libav(av_opt_set(encoder->priv_data, "crf", "18", 0), output);
  // x264's AVX-512 code for this one reads memory that nobody wrote, and the bytes would change from run to run.
  check_libav(av_opt_set(encoder->priv_data, "mbtree", "0", 0), output);
  // Few frames ahead: each one is memory.
  check_libav(av_opt_set(encoder->priv_data, "rc-lookahead", "10", 0), output);
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

/// A muxer that has written its header to `file`. The index moves to the front at the end.
Muxer open_muxer(const AVCodecContext& encoder, const PendingFile& file) {
  const std::string url = "file:" + file.temporary().string();  // the scheme keeps a ':' in the name from being one
  AVFormatContext* allocated = nullptr;
  check_libav(avformat_alloc_output_context2(&allocated, nullptr, "mp4", url.c_str()), file.target());
  Muxer muxer(allocated);
  muxer->flags |= AVFMT_FLAG_BITEXACT;
  AVStream* stream = avformat_new_stream(muxer.get(), nullptr);
  if (stream == nullptr) throw std::bad_alloc();
  check_libav(avcodec_parameters_from_context(stream->codecpar, &encoder), file.target());
  stream->time_base = encoder.time_base;
  stream->avg_frame_rate = encoder.framerate;
  check_libav(avio_open(&muxer->pb, url.c_str(), AVIO_FLAG_WRITE), file.target());
  check_libav(av_opt_set(muxer->priv_data, "movflags", "+faststart", 0), file.target());
  check_libav(avformat_write_header(muxer.get(), nullptr), file.target());
  return muxer;
}

class Mp4Writer : public VideoWriter {
 public:
  Mp4Writer(const VideoFormat& format, const std::filesystem::path& output)
      : frames_(format.frames),
        file_(output),
        encoder_(open_h264(format, output)),
        converter_(make_color_converter(format)),
        rgb_(make_frame(AV_PIX_FMT_RGB24, format.width, format.height)),
        yuv_(make_frame(AV_PIX_FMT_YUV420P, format.width, format.height)),
        packet_(make_packet()),
        muxer_(open_muxer(*encoder_, file_)) {}

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

std::unique_ptr<VideoWriter> open_mp4_writer(const VideoFormat& format, const std::filesystem::path& output) {
  if (format.width % 2 != 0 || format.height % 2 != 0) {
    fail(ErrorCode::kInvalidArgument, "an mp4 needs an even width and height; found ", format.width, "x",
         format.height);
  }
  return std::make_unique<Mp4Writer>(format, output);
}

}  // namespace odsora
