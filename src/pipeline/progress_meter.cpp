#include "pipeline/progress_meter.h"

#include "base/process_memory.h"

namespace odsora {
namespace {

constexpr Seconds kUnknown = -1;

}  // namespace

void ProgressMeter::begin(Phase phase, int steps) {
  end();
  phase_ = phase;
  steps_ = steps;
  if (phase == Phase::kDenoising) before_ = denoised_;
  running_ = true;
  in_phase_ = Stopwatch();
  report(0);
}

void ProgressMeter::step_done(int step, int steps) {
  steps_ = steps;
  if (phase_ == Phase::kDenoising) denoised_ = before_ + work_.of_evaluations(0, step);
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
  const bool denoising = phase_ == Phase::kDenoising;
  if (denoised_ == 0) return kUnknown;
  const Seconds so_far = seconds(Phase::kDenoising) + (denoising ? in_phase_.elapsed() : 0);
  const Seconds per_work = so_far / denoised_;
  const double clip_work = work_.of_evaluations(0, static_cast<int>(work_.denoising.size())) + work_.decoding;
  const Seconds later_clips = per_work * clip_work * (work_.clips - clip_ - 1);
  if (denoising) return later_clips + per_work * (work_.of_evaluations(step, steps_) + work_.decoding);
  if (phase_ != Phase::kDecoding) return later_clips + per_work * clip_work;
  if (step > 0) return later_clips + in_phase_.elapsed() / step * (steps_ - step);
  return later_clips + per_work * work_.decoding;
}

}  // namespace odsora
