#include "video/video_demuxer.h"

extern "C" {
#include <libavutil/dict.h>
#include <libavutil/display.h>
#include <libavutil/error.h>
#include <libavutil/mem.h>
}

#include <algorithm>
#include <climits>
#include <new>

#include "base/error.h"

namespace odsora {
namespace {

constexpr int64_t kMostBytesAStep = int64_t{128} << 20;
constexpr size_t kLargestAllocation = size_t{16} << 20;  // an index of 700,000 frames; a packet
constexpr const char* kMostStreams = "32";
constexpr int kBufferBytes = 32768;

/// While one lives, libav refuses to allocate more at once: a header of a few bytes can claim an index of gigabytes.
/// The limit is one of the whole process, and so is only there while a demuxer works.
class AllocationLimit {
 public:
  AllocationLimit() { av_max_alloc(kLargestAllocation); }
  ~AllocationLimit() { av_max_alloc(INT_MAX); }  // libav's own
  AllocationLimit(const AllocationLimit&) = delete;
  AllocationLimit& operator=(const AllocationLimit&) = delete;
};

const char* format_of(MediaKind kind) {
  switch (kind) {
    case MediaKind::kMov: return "mov";
    case MediaKind::kMatroska: return "matroska";
    case MediaKind::kAvi: return "avi";
    case MediaKind::kGif: return "gif";
    default: fail(ErrorCode::kInternal, "a picture was taken for a video");
  }
}

int refuse_to_open(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) { return AVERROR(EACCES); }

}  // namespace

void VideoDemuxer::IoDeleter::operator()(AVIOContext* io) const {
  av_freep(&io->buffer);
  avio_context_free(&io);
}

VideoDemuxer::VideoDemuxer(MediaFile& file) : input_{.file = file, .position = 0, .allowance = kMostBytesAStep} {
  const AllocationLimit limit;
  open(format_of(file.kind()));
  stream_ = find_video();
  if (stream_ == nullptr) fail(ErrorCode::kInvalidArgument, file.name(), ": there is no video in it");
  for (unsigned i = 0; i < demuxer_->nb_streams; ++i) {
    AVStream* stream = demuxer_->streams[i];
    if (stream != stream_) stream->discard = AVDISCARD_ALL;
  }
}

const int32_t* VideoDemuxer::display_matrix() const {
  size_t bytes = 0;
  const uint8_t* matrix = av_stream_get_side_data(stream_, AV_PKT_DATA_DISPLAYMATRIX, &bytes);
  return bytes >= 9 * sizeof(int32_t) ? reinterpret_cast<const int32_t*>(matrix) : nullptr;
}

const char* VideoDemuxer::metadata(const char* key) const {
  const AVDictionaryEntry* entry = av_dict_get(demuxer_->metadata, key, nullptr, 0);
  return entry == nullptr ? nullptr : entry->value;
}

Bytes VideoDemuxer::memory() const {
  Bytes entries = 0;
  for (unsigned i = 0; i < demuxer_->nb_streams; ++i) {
    entries += static_cast<Bytes>(avformat_index_get_entries_count(demuxer_->streams[i]));
  }
  constexpr Bytes kBytesPerEntry = 96;  // the index, and what MP4 has besides: times and offsets
  constexpr Bytes kFixed = Bytes{1} << 20;
  return kFixed + entries * kBytesPerEntry + std::min<Bytes>(input_.file.size(), 2 * kLargestAllocation);
}

int VideoDemuxer::next(AVPacket& packet) {
  const AllocationLimit limit;
  input_.allowance = kMostBytesAStep;
  while (true) {
    const int code = av_read_frame(demuxer_.get(), &packet);
    if (code < 0) return code;
    if (packet.stream_index == stream_->index) {
      return (packet.flags & AV_PKT_FLAG_CORRUPT) != 0 ? AVERROR_INVALIDDATA : 0;
    }
    av_packet_unref(&packet);
  }
}

int VideoDemuxer::read(void* input, uint8_t* bytes, int count) {
  auto& [file, position, allowance] = *static_cast<Input*>(input);
  if (position >= file.size()) return AVERROR_EOF;
  const auto read = static_cast<int>(std::min<uint64_t>(static_cast<uint64_t>(count), file.size() - position));
  if (allowance < read) return AVERROR(EIO);
  try {
    file.read(position, {bytes, static_cast<size_t>(read)});
  } catch (...) {  // not through C
    return AVERROR(EIO);
  }
  position += static_cast<uint64_t>(read);
  allowance -= read;
  return read;
}

int64_t VideoDemuxer::seek(void* input, int64_t offset, int whence) {
  auto& [file, position, allowance] = *static_cast<Input*>(input);
  const auto size = static_cast<int64_t>(file.size());
  if (whence == AVSEEK_SIZE) return size;
  whence &= ~AVSEEK_FORCE;
  const int64_t base = whence == SEEK_END ? size : whence == SEEK_CUR ? static_cast<int64_t>(position) : 0;
  if (offset < -base || offset > size - base) return AVERROR(EINVAL);
  position = static_cast<uint64_t>(base + offset);
  return base + offset;
}

void VideoDemuxer::open(const char* format) {
  auto* buffer = static_cast<uint8_t*>(av_malloc(kBufferBytes));
  if (buffer == nullptr) throw std::bad_alloc();
  io_.reset(avio_alloc_context(buffer, kBufferBytes, 0, &input_, &read, nullptr, &seek));
  AVFormatContext* demuxer = avformat_alloc_context();
  if (!io_ || demuxer == nullptr) throw std::bad_alloc();
  demuxer->pb = io_.get();
  demuxer->io_open = &refuse_to_open;
  AVDictionary* settings = nullptr;
  av_dict_set(&settings, "max_streams", kMostStreams, 0);
  av_dict_set(&settings, "protocol_whitelist", "none", 0);
  const int code = avformat_open_input(&demuxer, nullptr, av_find_input_format(format), &settings);
  av_dict_free(&settings);
  demuxer_.reset(demuxer);  // null where it failed
  if (code < 0) {
    fail(ErrorCode::kInvalidArgument, input_.file.name(), ": the video is damaged: ", libav_reason(code));
  }
}

AVStream* VideoDemuxer::find_video() const {
  for (unsigned i = 0; i < demuxer_->nb_streams; ++i) {
    AVStream* stream = demuxer_->streams[i];
    const bool is_cover = (stream->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0;
    if (stream->codecpar->codec_type == AVMEDIA_TYPE_VIDEO && !is_cover) return stream;
  }
  return nullptr;
}

}  // namespace odsora
