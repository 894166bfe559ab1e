#include "video/gif_writer.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>
#include <vector>

#include "base/error.h"
#include "video/color_histogram.h"
#include "video/frame_times.h"
#include "video/gif_comment.h"
#include "video/libav.h"
#include "video/nearest_color.h"
#include "video/ordered_dither.h"
#include "video/palette_choice.h"
#include "video/pending_file.h"
#include "video/spool_file.h"

namespace odsora {
namespace {

constexpr int kTicksPerSecond = 100;

// "Looping Application Extension" of Netscape Navigator 2.0: zero repetitions are endless.
constexpr std::array<uint8_t, 19> kLoopForever = {0x21, 0xFF, 11,  'N', 'E', 'T', 'S', 'C', 'A', 'P',
                                                  'E',  '2',  '.', '0', 3,   1,   0,   0,   0};
constexpr uint8_t kTrailer = 0x3B;

CodecContext open_gif(const VideoFormat& format, const std::filesystem::path& output) {
  CodecContext encoder = make_encoder("gif");
  encoder->width = format.width;
  encoder->height = format.height;
  encoder->pix_fmt = AV_PIX_FMT_PAL8;
  encoder->time_base = AVRational{1, kTicksPerSecond};
  encoder->thread_count = 1;
  encoder->flags |= AV_CODEC_FLAG_BITEXACT;
  check_libav(avcodec_open2(encoder.get(), nullptr, nullptr), output);
  return encoder;
}

/// Opaque colours; entries beyond them are transparent, of which the encoder takes one for pixels that do not change.
void set_palette(const Palette& palette, AVFrame& frame) {
  constexpr uint32_t kOpaque = 0xFF000000;
  constexpr size_t kEntries = 256;
  auto* entries = reinterpret_cast<uint32_t*>(frame.data[1]);
  for (size_t i = 0; i < kEntries; ++i) {
    entries[i] = i < palette.size() ? kOpaque | static_cast<uint32_t>(palette[i][0]) << 16 |
                                          static_cast<uint32_t>(palette[i][1]) << 8 | palette[i][2]
                                    : 0;
  }
}

class GifWriter : public VideoWriter {
 public:
  GifWriter(const VideoFormat& format, const std::filesystem::path& output)
      : format_(format), file_(output), spool_(output), encoder_(open_gif(format, output)), packet_(make_packet()) {}

  void write(std::span<const uint8_t> rgb) override {
    assert(written_ < format_.frames && rgb.size() == 3 * pixels());
    histogram_.add(rgb);
    spool_.append(rgb);
    ++written_;
  }

  void finish() override {
    assert(written_ == format_.frames);
    const bool is_exact = histogram_.few_colors().has_value();
    NearestColor colors(is_exact ? *histogram_.few_colors() : choose_palette(histogram_.groups(), kColors));
    const Frame frame = make_frame(AV_PIX_FMT_PAL8, format_.width, format_.height);
    std::vector<uint8_t> rgb(3 * pixels()), indices(pixels());
    for (int i = 0; i < format_.frames; ++i) {
      spool_.read(static_cast<uint64_t>(i) * rgb.size(), rgb);
      dither(rgb, format_.width, colors, indices);
      if (av_frame_make_writable(frame.get()) < 0) throw std::bad_alloc();
      for (int row = 0; row < format_.height; ++row) {
        std::copy_n(indices.data() + static_cast<ptrdiff_t>(row) * format_.width, format_.width,
                    frame->data[0] + static_cast<ptrdiff_t>(row) * frame->linesize[0]);
      }
      set_palette(colors.palette(), *frame);
      frame->pts = i;
      append_image(*frame);
    }
    file_.append({&kTrailer, 1});
    file_.flush();
    file_.publish();
  }

 private:
  static constexpr size_t kColors = 255;  // and one that is transparent

  size_t pixels() const { return static_cast<size_t>(format_.width) * static_cast<size_t>(format_.height); }

  /// The encoder's packets are images with their control extensions; the first begins with the file's header.
  void append_image(const AVFrame& frame) {
    check_libav(avcodec_send_frame(encoder_.get(), &frame), file_.target());
    check_libav(avcodec_receive_packet(encoder_.get(), packet_.get()), file_.target());
    std::span<uint8_t> bytes(packet_->data, static_cast<size_t>(packet_->size));
    if (frame.pts == 0) {
      const size_t header = header_bytes(bytes);
      file_.append(bytes.first(header));
      if (format_.frames > 1) file_.append(kLoopForever);
      if (!format_.generation_data.empty()) file_.append(gif_comment(format_.generation_data));
      bytes = bytes.subspan(header);
    }
    set_delay(frame_ticks(static_cast<int>(frame.pts), format_.fps, kTicksPerSecond), bytes);
    file_.append(bytes);
  }

  /// Of the signature, the screen's description and its table of colours.
  static size_t header_bytes(std::span<const uint8_t> packet) {
    constexpr size_t kFlags = 10, kFixed = 13;
    constexpr uint8_t kHasTable = 0x80, kSizeMask = 7;
    assert(packet.size() > kFixed);
    const uint8_t flags = packet[kFlags];
    return kFixed + ((flags & kHasTable) != 0 ? size_t{3} << ((flags & kSizeMask) + 1) : 0);
  }

  static void set_delay(int ticks, std::span<uint8_t> image) {
    if (image.size() < 8 || image[0] != 0x21 || image[1] != 0xF9) {
      fail(ErrorCode::kUnsupported, "the installed libavcodec writes GIF images without their delay");
    }
    image[4] = static_cast<uint8_t>(ticks);
    image[5] = static_cast<uint8_t>(ticks >> 8);
  }

  const VideoFormat format_;
  int written_ = 0;
  PendingFile file_;
  SpoolFile spool_;
  ColorHistogram histogram_;
  CodecContext encoder_;
  Packet packet_;
};

}  // namespace

std::unique_ptr<VideoWriter> open_gif_writer(const VideoFormat& format, const std::filesystem::path& output) {
  return std::make_unique<GifWriter>(format, output);
}

}  // namespace odsora
