#include "video/png_writer.h"

extern "C" {
#include <libavutil/log.h>
#include <libavutil/opt.h>
}

#include <cassert>
#include <cstdio>

#include "video/libav.h"
#include "video/pending_file.h"
#include "video/png_text.h"

namespace odsora {
namespace {

// How rows are foretold from those around them: "mixed" is the smallest and slow, "up" suits rows that repeat.
CodecContext open_png(int width, int height, const char* prediction, const std::filesystem::path& output) {
  CodecContext encoder = make_encoder("png");
  encoder->width = width;
  encoder->height = height;
  encoder->pix_fmt = AV_PIX_FMT_RGB24;
  encoder->time_base = AVRational{1, 1};
  encoder->thread_count = 1;
  encoder->flags |= AV_CODEC_FLAG_BITEXACT;
  check_libav(av_opt_set(encoder->priv_data, "pred", prediction, 0), output);
  check_libav(avcodec_open2(encoder.get(), nullptr, nullptr), output);
  return encoder;
}

class PngWriter : public VideoWriter {
 public:
  PngWriter(const VideoFormat& format, const std::filesystem::path& output)
      : targets_(png_files(output, format.frames)),
        text_chunk_(format.generation_data.empty() ? std::string() : png_text_chunk(format.generation_data)),
        encoder_(open_png(format.width, format.height, "mixed", output)),
        frame_(make_frame(AV_PIX_FMT_RGB24, format.width, format.height)),
        packet_(make_packet()) {}

  void write(std::span<const uint8_t> rgb) override {
    assert(files_.size() < targets_.size());
    PendingFile file(targets_[files_.size()]);
    copy_pixels(rgb, *frame_);
    frame_->pts = static_cast<int64_t>(files_.size());
    check_libav(avcodec_send_frame(encoder_.get(), frame_.get()), file.target());
    check_libav(avcodec_receive_packet(encoder_.get(), packet_.get()), file.target());
    append_picture(file);
    file.flush();
    files_.push_back(std::move(file));
  }

  void finish() override {
    assert(files_.size() == targets_.size());
    size_t published = 0;
    try {
      for (; published < files_.size(); ++published) files_[published].publish_revocably();
    } catch (...) {
      for (size_t i = 0; i < published; ++i) files_[i].withdraw();
      throw;
    }
  }

 private:
  void append_picture(PendingFile& file) const {
    const std::span<const uint8_t> picture(packet_->data, static_cast<size_t>(packet_->size));
    assert(picture.size() > kPngHeaderBytes);
    file.append(picture.first(kPngHeaderBytes));
    file.append(text_chunk_);
    file.append(picture.subspan(kPngHeaderBytes));
  }

  const std::vector<std::filesystem::path> targets_;
  const std::string text_chunk_;    // empty without generation data
  std::vector<PendingFile> files_;  // written, not yet published
  CodecContext encoder_;
  Frame frame_;
  Packet packet_;
};

}  // namespace

std::vector<std::filesystem::path> png_files(const std::filesystem::path& output, int frames) {
  if (frames == 1) return {output};
  std::vector<std::filesystem::path> files;
  for (int i = 1; i <= frames; ++i) {
    char number[16];
    std::snprintf(number, sizeof(number), "_%04d", i);
    files.push_back(output.parent_path() / (output.stem().string() + number + output.extension().string()));
  }
  return files;
}

void write_fleeting_png(const RgbPicture& picture, const std::filesystem::path& output) {
  av_log_set_level(AV_LOG_QUIET);
  PendingFile file(output);
  const CodecContext encoder = open_png(picture.width, picture.height, "up", output);
  const Frame frame = make_frame(AV_PIX_FMT_RGB24, picture.width, picture.height);
  const Packet packet = make_packet();
  copy_pixels(picture.rgb, *frame);
  check_libav(avcodec_send_frame(encoder.get(), frame.get()), output);
  check_libav(avcodec_receive_packet(encoder.get(), packet.get()), output);
  file.append({packet->data, static_cast<size_t>(packet->size)});
  file.close_unflushed();
  file.publish();
}

std::unique_ptr<VideoWriter> open_png_writer(const VideoFormat& format, const std::filesystem::path& output) {
  return std::make_unique<PngWriter>(format, output);
}

}  // namespace odsora
