#include "pipeline/progress_meter.h"

#include "base/process_memory.h"

namespace odsora {
namespace {

constexpr Seconds kUnknown = -1;

}  // namespace

void ProgressMeter::begin(Phase phase, int steps, int done) {
  end();
  phase_ = phase;
  first_ = done;
  steps_ = steps;
  if (phase == Phase::kDenoising) before_ = denoised_;
  running_ = true;
  in_phase_ = Stopwatch();
  report(done);
}

void ProgressMeter::step_done(int step, int steps) {
  steps_ = steps;
  if (phase_ == Phase::kDenoising) denoised_ = before_ + work_.of_evaluations(first_, step);
  report(step);
}

void ProgressMeter::end() {
  if (running_) seconds_[static_cast<size_t>(phase_)] += in_phase_.elapsed();
  running_ = false;
}

void ProgressMeter::note(const std::string& sentence) const {
  if (observer_.on_note) observer_.on_note(sentence);
}

void ProgressMeter::report(int step) const {
  if (!observer_.on_progress) return;
  observer_.on_progress({.phase = phase_,
                         .step = step,
                         .steps = steps_,
                         .clip = clip_ + 1,
                         .clips = work_.clips,
                         .elapsed_s = total_.elapsed(),
                         .left_s = seconds_left(step),
                         .rss_bytes = resident_bytes()});
}

Seconds ProgressMeter::seconds_left(int step) const {
  const bool denoising = phase_ == Phase::kDenoising, decoding = phase_ == Phase::kDecoding;
  const int later_clips = work_.clips - clip_ - 1;
  const bool has_decoded = decoding && step > first_;
  const Seconds of_frames = has_decoded ? in_phase_.elapsed() / (step - first_) * (steps_ - step) : 0;
  if (has_decoded && later_clips == 0) return of_frames;
  if (denoised_ == 0) return kUnknown;
  const Seconds so_far = seconds(Phase::kDenoising) + (denoising ? in_phase_.elapsed() : 0);
  const Seconds per_work = so_far / denoised_;
  const double clip_work = work_.of_evaluations(0, static_cast<int>(work_.denoising.size())) + work_.decoding;
  const Seconds later = per_work * clip_work * later_clips;
  if (denoising) return later + per_work * (work_.of_evaluations(step, steps_) + work_.decoding);
  if (!decoding) return later + per_work * clip_work;
  return later + (has_decoded ? of_frames : per_work * work_.decoding);
}

}  // namespace odsora
