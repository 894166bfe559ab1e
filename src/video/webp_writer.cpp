#include "video/webp_writer.h"

extern "C" {
#include <libavutil/opt.h>
}

#include <cassert>
#include <limits>
#include <string>
#include <string_view>

#include "base/error.h"
#include "video/frame_times.h"
#include "video/libav.h"
#include "video/pending_file.h"
#include "video/webp_xmp.h"

namespace odsora {
namespace {

constexpr int kTicksPerSecond = 1000;
constexpr size_t kRiffHeaderBytes = 12;  // "RIFF", the size of what follows, "WEBP"
constexpr uint64_t kRiffSizeAt = 4;

CodecContext open_webp(const VideoFormat& format, const std::filesystem::path& output) {
  CodecContext encoder = make_encoder("libwebp");
  encoder->width = format.width;
  encoder->height = format.height;
  encoder->pix_fmt = AV_PIX_FMT_RGB32;
  encoder->time_base = AVRational{1, kTicksPerSecond};
  encoder->thread_count = 1;
  encoder->flags |= AV_CODEC_FLAG_BITEXACT;
  const std::string quality = std::to_string(format.quality.value_or(kDefaultQuality));
  check_libav(av_opt_set(encoder->priv_data, "quality", quality.c_str(), 0), output);
  check_libav(avcodec_open2(encoder.get(), nullptr, nullptr), output);
  return encoder;
}

std::string little_endian(uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> 8 * i);
  return text;
}

/// Copies [height, width, 3] into an opaque RGB32 frame.
void copy_opaque(std::span<const uint8_t> rgb, AVFrame& frame) {
  if (av_frame_make_writable(&frame) < 0) throw std::bad_alloc();
  constexpr uint32_t kOpaque = 0xFF000000;
  const uint8_t* pixel = rgb.data();
  for (int y = 0; y < frame.height; ++y) {
    auto* row = reinterpret_cast<uint32_t*>(frame.data[0] + static_cast<ptrdiff_t>(y) * frame.linesize[0]);
    for (int x = 0; x < frame.width; ++x, pixel += 3) {
      row[x] = kOpaque | static_cast<uint32_t>(pixel[0]) << 16 | static_cast<uint32_t>(pixel[1]) << 8 | pixel[2];
    }
  }
}

/// A chunk, or its beginning: its kind and fields in the order in which they are put.
class Chunk {
 public:
  explicit Chunk(std::string_view kind) : bytes_(kind) {}

  void put(uint64_t value, int bytes) { bytes_ += little_endian(value, bytes); }
  void put(std::string_view text) { bytes_ += text; }

  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

// The container's rules are those of "WebP Container Specification", Google.
class WebpWriter : public VideoWriter {
 public:
  WebpWriter(const VideoFormat& format, const std::filesystem::path& output)
      : format_(format),
        file_(output),
        encoder_(open_webp(format, output)),
        frame_(make_frame(AV_PIX_FMT_RGB32, format.width, format.height)),
        packet_(make_packet()) {
    append_header();
  }

  void write(std::span<const uint8_t> rgb) override {
    assert(written_ < format_.frames);
    copy_opaque(rgb, *frame_);
    frame_->pts = written_;
    check_libav(avcodec_send_frame(encoder_.get(), frame_.get()), file_.target());
    check_libav(avcodec_receive_packet(encoder_.get(), packet_.get()), file_.target());
    assert(packet_->size > static_cast<int>(kRiffHeaderBytes));
    const std::span<const uint8_t> picture(packet_->data, static_cast<size_t>(packet_->size));
    append_picture(picture.subspan(kRiffHeaderBytes));
    ++written_;
  }

  void finish() override {
    assert(written_ == format_.frames);
    if (!format_.generation_data.empty()) append_xmp(xmp_packet(format_.generation_data));
    const uint64_t size = size_ - (kRiffSizeAt + 4);
    if (size > std::numeric_limits<uint32_t>::max()) {
      fail(ErrorCode::kOutput, "cannot write ", file_.target().string(), ": a .webp holds at most 4 GiB");
    }
    file_.overwrite(kRiffSizeAt, little_endian(size, 4));
    file_.flush();
    file_.publish();
  }

 private:
  bool is_animation() const { return format_.frames > 1; }

  /// The size of the whole file, which is not yet known, is left zero.
  void append_header() {
    Chunk riff("RIFF");
    riff.put(0, 4);
    riff.put("WEBP");
    append(riff);
    if (!is_animation() && format_.generation_data.empty()) return;
    constexpr uint64_t kAnimation = 2, kXmp = 4;
    Chunk extended("VP8X");
    extended.put(10, 4);
    extended.put((is_animation() ? kAnimation : 0) | (format_.generation_data.empty() ? 0 : kXmp), 4);
    put_size(extended);
    append(extended);
    if (!is_animation()) return;
    constexpr uint64_t kBlack = 0xFF000000, kForever = 0;
    Chunk animation("ANIM");
    animation.put(6, 4);
    animation.put(kBlack, 4);
    animation.put(kForever, 2);
    append(animation);
  }

  /// Appends the chunks of a still picture, in an animation as one of its frames.
  void append_picture(std::span<const uint8_t> chunks) {
    if (is_animation()) {
      constexpr uint64_t kDoNotBlend = 2, kHeaderBytes = 16;
      Chunk frame("ANMF");
      frame.put(kHeaderBytes + chunks.size(), 4);
      frame.put(0, 6);  // its place, left and top
      put_size(frame);
      frame.put(static_cast<uint64_t>(frame_ticks(written_, format_.fps, kTicksPerSecond)), 3);
      frame.put(kDoNotBlend, 1);
      append(frame);
    }
    file_.append(chunks);
    size_ += chunks.size();
  }

  void append_xmp(const std::string& packet) {
    Chunk xmp("XMP ");
    xmp.put(packet.size(), 4);
    xmp.put(packet);
    xmp.put(0, packet.size() % 2);
    append(xmp);
  }

  void put_size(Chunk& chunk) const {
    chunk.put(static_cast<uint64_t>(format_.width - 1), 3);
    chunk.put(static_cast<uint64_t>(format_.height - 1), 3);
  }

  void append(const Chunk& chunk) {
    file_.append(chunk.bytes());
    size_ += chunk.bytes().size();
  }

  const VideoFormat format_;
  int written_ = 0;
  uint64_t size_ = 0;
  PendingFile file_;
  CodecContext encoder_;
  Frame frame_;
  Packet packet_;
};

}  // namespace

std::unique_ptr<VideoWriter> open_webp_writer(const VideoFormat& format, const std::filesystem::path& output) {
  return std::make_unique<WebpWriter>(format, output);
}

}  // namespace odsora
