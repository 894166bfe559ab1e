// Decoded frames on the disk: segments that follow each other, each in a file of its own.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "pipeline/checkpoint_file.h"
#include "video/frames.h"

namespace odsora {

/// Frames [height, width, 3] of 8 bits in the files frames-000000.safetensors, frames-000017.safetensors, … of a
/// folder, named by their first frame. Throws Error(kOutput) when it cannot write, Error(kInvalidArgument) when what is
/// there cannot be used.
class CheckpointFrames {
 public:
  CheckpointFrames(std::filesystem::path folder, SafetensorsMetadata facts, int height, int width);

  /// Frames that are kept, from the first on.
  int kept() const { return kept_; }
  int added() const { return added_; }  // since they were kept

  /// Hands over kept frames [first, first + count), one at a time.
  void read(int first, int count, const PixelSink& sink) const;

  /// Whether the last kept frame was decoded in f32 since numbers had failed in the compute type.
  bool last_in_f32() const;

  /// The frame after the last one; it is kept from the next keep() on.
  void add(std::span<const uint8_t> frame, bool in_f32);

  /// Brings the frames that were added to the disk.
  void keep();

 private:
  std::filesystem::path file_of(int first) const;
  std::vector<TensorInfo> tensors_of(int frames) const;
  void find_segments();

  std::filesystem::path folder_;
  SafetensorsMetadata facts_;
  int height_, width_;
  std::vector<int> firsts_;  // of the segments, in order
  int kept_ = 0;
  int added_ = 0;
  std::unique_ptr<CheckpointFileWriter> segment_;  // that frames are being added to
  bool segment_in_f32_ = false;
};

}  // namespace odsora
