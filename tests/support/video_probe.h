// Reads a video or picture back through libav, for tests.
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libswscale/swscale.h>
}

#include <cstdint>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace odsora {

struct ProbedVideo {
  int width = 0, height = 0;
  double fps = 0;
  std::string codec;
  AVPixelFormat pixels = AV_PIX_FMT_NONE;
  AVColorSpace matrix = AVCOL_SPC_UNSPECIFIED;
  AVColorRange range = AVCOL_RANGE_UNSPECIFIED;
  std::vector<double> seconds;               // when each frame is shown
  std::vector<std::vector<uint8_t>> frames;  // each [height, width, 3], converted by what the file says of its colours
};

class VideoProbe {
 public:
  /// Throws std::runtime_error if any part of the file cannot be decoded.
  static ProbedVideo read(const std::filesystem::path& file) { return VideoProbe(file).decode(); }

 private:
  struct Closer {
    void operator()(AVFormatContext* context) const { avformat_close_input(&context); }
    void operator()(AVCodecContext* context) const { avcodec_free_context(&context); }
    void operator()(AVFrame* frame) const { av_frame_free(&frame); }
    void operator()(AVPacket* packet) const { av_packet_free(&packet); }
    void operator()(SwsContext* context) const { sws_freeContext(context); }
  };

  explicit VideoProbe(const std::filesystem::path& file) {
    AVFormatContext* opened = nullptr;
    require(avformat_open_input(&opened, ("file:" + file.string()).c_str(), nullptr, nullptr) >= 0, "open");
    container_.reset(opened);
    require(avformat_find_stream_info(opened, nullptr) >= 0, "probe");
    require(opened->nb_streams == 1, "one stream");
    const AVCodecParameters& parameters = *opened->streams[0]->codecpar;
    decoder_.reset(avcodec_alloc_context3(avcodec_find_decoder(parameters.codec_id)));
    require(avcodec_parameters_to_context(decoder_.get(), &parameters) >= 0, "parameters");
    require(avcodec_open2(decoder_.get(), nullptr, nullptr) >= 0, "decoder");
    video_.width = parameters.width;
    video_.height = parameters.height;
    video_.fps = av_q2d(opened->streams[0]->avg_frame_rate);
    video_.codec = avcodec_get_name(parameters.codec_id);
    video_.pixels = static_cast<AVPixelFormat>(parameters.format);
    video_.matrix = parameters.color_space;
    video_.range = parameters.color_range;
  }

  static void require(bool condition, const char* what) {
    if (!condition) throw std::runtime_error(std::string("cannot read the video: ") + what);
  }

  ProbedVideo decode() {
    while (av_read_frame(container_.get(), packet_.get()) >= 0) {
      require(avcodec_send_packet(decoder_.get(), packet_.get()) >= 0, "packet");
      av_packet_unref(packet_.get());
      receive();
    }
    require(avcodec_send_packet(decoder_.get(), nullptr) >= 0, "end");
    receive();
    return std::move(video_);
  }

  void receive() {
    while (avcodec_receive_frame(decoder_.get(), frame_.get()) >= 0) {
      video_.seconds.push_back(static_cast<double>(frame_->pts) * av_q2d(container_->streams[0]->time_base));
      video_.frames.push_back(to_rgb(*frame_));
    }
  }

  static std::vector<uint8_t> to_rgb(const AVFrame& frame) {
    const std::unique_ptr<SwsContext, Closer> converter(sws_getContext(
        frame.width, frame.height, static_cast<AVPixelFormat>(frame.format), frame.width, frame.height,
        AV_PIX_FMT_RGB24, SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT, nullptr, nullptr, nullptr));
    const int* matrix = sws_getCoefficients(frame.colorspace);
    sws_setColorspaceDetails(converter.get(), matrix, frame.color_range == AVCOL_RANGE_JPEG, matrix, 1, 0, 1 << 16,
                             1 << 16);
    const std::unique_ptr<AVFrame, Closer> rgb(av_frame_alloc());
    rgb->format = AV_PIX_FMT_RGB24;
    rgb->width = frame.width;
    rgb->height = frame.height;
    require(av_frame_get_buffer(rgb.get(), 0) >= 0, "memory");
    sws_scale(converter.get(), frame.data, frame.linesize, 0, frame.height, rgb->data, rgb->linesize);
    std::vector<uint8_t> pixels;
    for (int row = 0; row < frame.height; ++row) {
      const uint8_t* first = rgb->data[0] + static_cast<ptrdiff_t>(row) * rgb->linesize[0];
      pixels.insert(pixels.end(), first, first + 3 * static_cast<ptrdiff_t>(frame.width));
    }
    return pixels;
  }

  std::unique_ptr<AVFormatContext, Closer> container_;
  std::unique_ptr<AVCodecContext, Closer> decoder_;
  std::unique_ptr<AVFrame, Closer> frame_{av_frame_alloc()};
  std::unique_ptr<AVPacket, Closer> packet_{av_packet_alloc()};
  ProbedVideo video_;
};

}  // namespace odsora
