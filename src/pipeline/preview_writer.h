// Writes previews of a video while it is denoised: a strip of its frames as they would be if the path went on straight.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <vector>

#include "base/units.h"
#include "models/latent_preview.h"
#include "odsora/odsora.h"
#include "pipeline/preview_cadence.h"
#include "pipeline/progress_meter.h"
#include "sampling/rectified_flow.h"
#include "weights/latent_color_map.h"

namespace odsora {

/// Throws Error(kInvalidArgument) if the name does not end in .png or is that of one of `others`, which would be lost,
/// and Error(kOutput) if its folder takes no files.
void check_preview(const std::filesystem::path& preview, std::span<const std::filesystem::path> others);

/// The most that making and writing a strip holds.
Bytes preview_memory(const StripLayout& layout);

struct PreviewWriterInputs {
  std::filesystem::path file;
  std::optional<LatentColorMap> colors = {};
  int clips = 1;
};

/// A preview that cannot be written is told in a note, once; the video goes on.
class PreviewWriter {
 public:
  /// `observer` and `progress` must live longer.
  PreviewWriter(PreviewWriterInputs inputs, const Observer& observer, const ProgressMeter& progress)
      : inputs_(std::move(inputs)), observer_(observer), progress_(progress) {}

  /// The steps that follow are those of this clip, from 0.
  void begin_clip(int clip);

  /// Writes one, if it is due, and tells the observer.
  void step_done(const FlowState& state);

 private:
  bool write(const RgbPicture& strip);

  PreviewWriterInputs inputs_;
  const Observer& observer_;
  const ProgressMeter& progress_;
  int clip_ = 0;
  Stopwatch in_clip_;
  PreviewsSoFar so_far_;
  bool told_trouble_ = false;
};

}  // namespace odsora
