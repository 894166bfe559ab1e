#include "pipeline/preview_writer.h"

#include <string>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "video/png_writer.h"

namespace odsora {
namespace {

namespace fs = std::filesystem;

constexpr float kWholePath = 1000;  // t of noise

// Under whatever name.
bool is_same_file(const fs::path& one, const fs::path& other) {
  std::error_code unknown;
  if (fs::equivalent(one, other, unknown)) return true;
  const auto whole = [&](const fs::path& path) { return fs::weakly_canonical(fs::absolute(path, unknown), unknown); };
  return !one.empty() && !other.empty() && whole(one) == whole(other);
}

bool ends_in_png(const fs::path& file) {
  std::string extension = file.extension().string();
  for (char& letter : extension) {
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  }
  return extension == ".png";
}

}  // namespace

void check_preview(const fs::path& preview, std::span<const fs::path> others) {
  if (!ends_in_png(preview)) {
    fail(ErrorCode::kInvalidArgument, "preview: expected a name that ends in .png, found ", preview.string());
  }
  for (const fs::path& other : others) {
    if (!is_same_file(preview, other)) continue;
    fail(ErrorCode::kInvalidArgument, "preview: expected a file of its own, found ", preview.string(),
         ", which is the video or one of the files that are given");
  }
  check_output({.width = 1, .height = 1, .fps = 1, .frames = 1}, preview);
}

Bytes preview_memory(const StripLayout& layout) {
  constexpr Bytes kStrips = 3;  // as numbers, as pixels, and as the observer's copy
  const Bytes encoder = writer_memory({.width = layout.width, .height = layout.height}, "preview.png");
  return encoder + kStrips * 3 * static_cast<Bytes>(layout.width) * static_cast<Bytes>(layout.height);
}

void PreviewWriter::begin_clip(int clip) {
  if (clip == 0 && !inputs_.colors) {
    progress_.note(
        "the colours of this model's latents are not known yet, so the preview is grey; making a video "
        "teaches them");
  }
  clip_ = clip;
  in_clip_ = Stopwatch();
  so_far_ = {};
}

void PreviewWriter::step_done(const FlowState& state) {
  const PreviewMoment now = {
      .evaluations = state.evaluations, .most_evaluations = state.most_evaluations, .elapsed = in_clip_.elapsed()};
  if (!preview_is_due(now, so_far_)) return;
  RgbPicture strip = preview_strip(
      {.z = state.z, .velocity = state.velocity, .time_left = state.next_timestep / kWholePath, .moving = state.moving},
      inputs_.colors);
  const bool is_written = write(strip);
  so_far_ = {.count = so_far_.count + 1,
             .evaluations = now.evaluations,
             .elapsed = now.elapsed,
             .spent = so_far_.spent + in_clip_.elapsed() - now.elapsed};
  if (!is_written || !observer_.on_preview) return;
  observer_.on_preview({.file = inputs_.file.string(),
                        .step = state.step + 1,
                        .clip = clip_ + 1,
                        .clips = inputs_.clips,
                        .width = strip.width,
                        .height = strip.height,
                        .rgb = std::move(strip.rgb)});
}

bool PreviewWriter::write(const RgbPicture& strip) {
  try {
    write_fleeting_png(strip, inputs_.file);
    return true;
  } catch (const Error& error) {
    if (!std::exchange(told_trouble_, true)) progress_.note(join("no preview: ", error.what()));
    return false;
  }
}

}  // namespace odsora
