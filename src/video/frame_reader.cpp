#include "video/frame_reader.h"

extern "C" {
#include <libavutil/log.h>
}

#include <algorithm>

#include "base/error.h"
#include "video/file_end.h"

namespace odsora {
namespace {

constexpr int kMostSide = 8192;  // pixels
constexpr int64_t kMostPixels = int64_t{1} << 25;
constexpr int kMostFrames = 10'000;
constexpr Bytes kShapeReserve = Bytes{1} << 20;  // for frames that differ a little from what the header says

bool has_several_frames(MediaFile& file) {
  switch (file.kind()) {
    case MediaKind::kMov:
    case MediaKind::kMatroska:
    case MediaKind::kAvi: return true;
    case MediaKind::kGif: return is_animated(file);
    default: return false;
  }
}

}  // namespace

FrameReader::FrameReader(const std::filesystem::path& path, FrameSize target)
    : file_(path),
      target_(target),
      fitter_(target, ResizeFilter::kBicubic),
      packet_(make_packet()),
      frame_(make_empty_frame()) {
  av_log_set_level(AV_LOG_QUIET);
  if (has_several_frames(file_)) {
    open_video();
  } else {
    open_picture();
  }
}

Bytes FrameReader::memory() const {
  const Bytes decoder = is_picture() ? picture_memory(size_, picture_.decoded_bytes) + file_.size()
                                     : video_memory(demuxer_->parameters()) + demuxer_->memory();
  return decoder + fitter_.memory(size_) + kShapeReserve;
}

bool FrameReader::read(std::span<uint8_t> rgb) {
  if (!decode()) {
    if (frames_read_ == 0) fail(ErrorCode::kInvalidArgument, file_.name(), ": no frame of it can be decoded");
    return false;
  }
  if (frames_read_ == kMostFrames) {
    fail(ErrorCode::kInvalidArgument, file_.name(), ": the video has more than ", kMostFrames, " frames");
  }
  const FrameSize stored{frame_->width, frame_->height};
  const Orientation turned = orientation();
  check_size(stored, turned);
  if (fitter_.memory(stored) > fitter_.memory(size_) + kShapeReserve) {
    fail(ErrorCode::kInvalidArgument, file_.name(), ": a frame has ", stored.width, "x", stored.height,
         " pixels where the header says ", size_.width, "x", size_.height);
  }
  fitter_.fit(*frame_, turned, rgb);
  av_frame_unref(frame_.get());
  ++frames_read_;
  return true;
}

void FrameReader::open_picture() {
  picture_ = read_picture_header(file_);
  size_ = picture_.size;
  check_size(size_, Orientation{});
  AVCodecParameters parameters{};
  parameters.codec_type = AVMEDIA_TYPE_VIDEO;
  parameters.codec_id = picture_.codec;
  parameters.format = AV_PIX_FMT_NONE;
  parameters.width = size_.width;
  parameters.height = size_.height;
  decoder_.emplace(parameters, picture_memory(size_, picture_.decoded_bytes), file_.name());
}

void FrameReader::open_video() {
  check_end(file_);
  demuxer_.emplace(file_);
  const AVCodecParameters& parameters = demuxer_->parameters();
  if (!is_video_codec(parameters.codec_id)) {
    fail(ErrorCode::kInvalidArgument, file_.name(), ": the video is in ", avcodec_get_name(parameters.codec_id),
         "; expected ", video_codec_names());
  }
  size_ = {parameters.width, parameters.height};
  check_size(size_, orientation());
  fitter_ = FrameFitter(target_, ResizeFilter::kBilinear);
  decoder_.emplace(parameters, video_memory(parameters), file_.name());
}

void FrameReader::check_size(FrameSize stored, const Orientation& turned) const {
  const auto pixels = [](FrameSize size) { return int64_t{size.width} * size.height; };
  const bool is_size = stored.width > 0 && stored.height > 0 && std::max(stored.width, stored.height) <= kMostSide;
  if (!is_size || pixels(stored) > kMostPixels) {
    fail(ErrorCode::kInvalidArgument, file_.name(), ": expected 1 to ", kMostSide, " pixels a side and at most ",
         kMostPixels, " in all; found ", stored.width, "x", stored.height);
  }
  const FrameSize shown = turned.swaps_sides() ? FrameSize{stored.height, stored.width} : stored;
  const FrameSize resized = cover(shown, target_).resized;
  if (pixels(resized) > kMostPixels) {
    fail(ErrorCode::kInvalidArgument, file_.name(), ": ", shown.width, "x", shown.height,
         " pixels are too narrow to cover ", target_.width, "x", target_.height, "; that takes ", resized.width, "x",
         resized.height);
  }
}

Orientation FrameReader::orientation() const {
  const AVFrameSideData* matrix = av_frame_get_side_data(frame_.get(), AV_FRAME_DATA_DISPLAYMATRIX);
  if (matrix != nullptr && matrix->size >= 9 * sizeof(int32_t)) {
    return orientation_of(reinterpret_cast<const int32_t*>(matrix->data));
  }
  return orientation_of(is_picture() ? nullptr : demuxer_->display_matrix());
}

bool FrameReader::decode() {
  if (is_picture() && frames_read_ == 1) return false;
  while (true) {
    const int received = decoder_->receive(*frame_);
    if (received == 0) return true;
    if (received == AVERROR_EOF) return false;
    if (received != AVERROR(EAGAIN)) fail_damaged(received);
    const int sent = send_packet();
    if (sent < 0) fail_damaged(sent);
  }
}

int FrameReader::send_packet() {
  av_packet_unref(packet_.get());
  if (is_picture()) {
    if (is_packet_sent_) return decoder_->send(nullptr);
    is_packet_sent_ = true;
    packet_ = read_picture(file_, picture_);
  } else {
    const int code = demuxer_->next(*packet_);
    if (code == AVERROR_EOF) return decoder_->send(nullptr);
    if (code < 0) return code;
    if (demuxer_->parameters().codec_id == AV_CODEC_ID_MJPEG) {
      check_jpeg_scans({packet_->data, static_cast<size_t>(packet_->size)}, file_.name());
    }
  }
  const int code = decoder_->send(packet_.get());
  av_packet_unref(packet_.get());  // the decoder has a reference of its own for as long as it needs it
  return code;
}

void FrameReader::fail_damaged(int code) const {
  const std::string reason = libav_reason(code);
  if (is_picture()) fail(ErrorCode::kInvalidArgument, file_.name(), ": the picture is damaged: ", reason);
  fail(ErrorCode::kInvalidArgument, file_.name(), ": the video is damaged or ends too early: after ", frames_read_,
       " frames: ", reason);
}

}  // namespace odsora
