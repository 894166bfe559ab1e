// The packets of the one video stream in a file of a stranger.
#pragma once

#include <cstdint>
#include <memory>

#include "base/units.h"
#include "video/libav.h"
#include "video/media_file.h"

namespace odsora {

/// libav sees nothing but the bytes of this file: it opens no other file and no address, whatever the file asks for,
/// and one step reads and allocates no more than a video has use for.
class VideoDemuxer {
 public:
  /// `file` outlives the demuxer; its kind is kMov, kMatroska, kAvi or kGif. Decodes nothing. Throws
  /// Error(kInvalidArgument) if it is damaged or holds no video; a cover picture is none.
  explicit VideoDemuxer(MediaFile& file);
  VideoDemuxer(const VideoDemuxer&) = delete;
  VideoDemuxer& operator=(const VideoDemuxer&) = delete;

  const AVCodecParameters& parameters() const { return *stream_->codecpar; }

  /// How the frames are to be turned, as libav's display matrix, or nullptr.
  const int32_t* display_matrix() const;

  /// What the file says of itself under this key of libav, or nullptr.
  const char* metadata(const char* key) const;

  /// What the header and the index take, and the most that reading a packet adds.
  Bytes memory() const;

  /// 0 with the next packet, AVERROR_EOF after the last, and another of libav's negative codes where the file is
  /// damaged.
  int next(AVPacket& packet);

 private:
  struct Input {
    MediaFile& file;
    uint64_t position = 0;
    int64_t allowance = 0;  // bytes that this step may still read
  };
  struct IoDeleter {
    void operator()(AVIOContext* io) const;
  };
  struct DemuxerDeleter {
    void operator()(AVFormatContext* demuxer) const { avformat_close_input(&demuxer); }
  };

  static int read(void* input, uint8_t* bytes, int count);
  static int64_t seek(void* input, int64_t offset, int whence);
  void open(const char* format);
  AVStream* find_video() const;

  Input input_;  // outlives what reads from it
  std::unique_ptr<AVIOContext, IoDeleter> io_;
  std::unique_ptr<AVFormatContext, DemuxerDeleter> demuxer_;
  AVStream* stream_ = nullptr;  // of demuxer_
};

}  // namespace odsora
