#include "pipeline/checkpoint_frames.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <string>

#include "base/error.h"

namespace odsora {
namespace {

constexpr const char* kTensor = "frames";
constexpr std::string_view kPrefix = "frames-", kExtension = ".safetensors";
constexpr const char *kComputed = "computed", *kInF32 = "in f32", *kAsPlanned = "as planned";
constexpr int kMostOfSegment = 9999;  // frames; the header has room for them

/// The number in the name of a segment, or -1 for another file.
int first_frame_in(const std::string& name) {
  if (!name.starts_with(kPrefix) || !name.ends_with(kExtension)) return -1;
  const char* const begin = name.data() + kPrefix.size();
  const char* const end = name.data() + name.size() - kExtension.size();
  int first = -1;
  const auto [stop, error] = std::from_chars(begin, end, first);
  return error == std::errc() && stop == end ? first : -1;
}

}  // namespace

CheckpointFrames::CheckpointFrames(std::filesystem::path folder, SafetensorsMetadata facts, int height, int width)
    : folder_(std::move(folder)), facts_(std::move(facts)), height_(height), width_(width) {
  find_segments();
}

void CheckpointFrames::find_segments() {
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    const int first = first_frame_in(entry.path().filename().string());
    if (first >= 0) firsts_.push_back(first);
  }
  std::ranges::sort(firsts_);
  for (const int first : firsts_) {
    if (first != kept_) {
      fail(ErrorCode::kInvalidArgument, folder_.string(), ": expected frames from number ", kept_, " on, found ",
           file_of(first).filename().string());
    }
    const CheckpointFile file(file_of(first));
    kept_ += static_cast<int>(file.require(kTensor, DType::kU8, {-1, height_, width_, 3}).shape[0]);
  }
}

void CheckpointFrames::read(int first, int count, const PixelSink& sink) const {
  std::vector<uint8_t> frame(static_cast<size_t>(height_) * static_cast<size_t>(width_) * 3);
  for (const int begin : firsts_) {
    if (begin >= first + count) break;
    const CheckpointFile file(file_of(begin));
    const TensorInfo& frames = file.require(kTensor, DType::kU8, {-1, height_, width_, 3});
    const int end = begin + static_cast<int>(frames.shape[0]);
    for (int i = std::max(begin, first); i < std::min(end, first + count); ++i) {
      file.read(frames, static_cast<uint64_t>(i - begin) * frame.size(), std::as_writable_bytes(std::span(frame)));
      sink(frame);
    }
  }
}

bool CheckpointFrames::last_in_f32() const {
  return !firsts_.empty() && CheckpointFile(file_of(firsts_.back())).fact(kComputed) == kInF32;
}

void CheckpointFrames::add(std::span<const uint8_t> frame, bool in_f32) {
  if (in_f32 != segment_in_f32_) keep();
  segment_in_f32_ = in_f32;
  if (segment_ == nullptr) {
    SafetensorsMetadata facts = facts_;
    facts.emplace_back(kComputed, in_f32 ? kInF32 : kAsPlanned);
    segment_ = std::make_unique<CheckpointFileWriter>(file_of(kept_), facts, tensors_of(kMostOfSegment));
  }
  segment_->append(std::as_bytes(frame));
  if (++added_ == kMostOfSegment) keep();
}

void CheckpointFrames::keep() {
  if (segment_ == nullptr) return;
  const std::unique_ptr<CheckpointFileWriter> segment = std::move(segment_);
  const int added = std::exchange(added_, 0);
  segment->finish(tensors_of(added));
  firsts_.push_back(kept_);
  kept_ += added;
}

std::filesystem::path CheckpointFrames::file_of(int first) const {
  char name[32];
  std::snprintf(name, sizeof name, "frames-%06d.safetensors", first);
  return folder_ / name;
}

std::vector<TensorInfo> CheckpointFrames::tensors_of(int frames) const {
  return {{.name = kTensor, .dtype = DType::kU8, .shape = {frames, height_, width_, 3}}};
}

}  // namespace odsora
