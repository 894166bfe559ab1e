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
  running_ = true;
  in_phase_ = Stopwatch();
  report(0);
}

void ProgressMeter::step_done(int step, int steps) {
  steps_ = steps;
  if (phase_ == Phase::kDenoising) denoising_steps_ = step;
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
                         .elapsed_s = total_.elapsed(),
                         .left_s = seconds_left(step),
                         .rss_bytes = resident_bytes()});
}

Seconds ProgressMeter::seconds_left(int step) const {
  if (phase_ == Phase::kDenoising && step > 0) {
    return in_phase_.elapsed() / work_.of_evaluations(0, step) * (work_.of_evaluations(step, steps_) + work_.decoding);
  }
  if (phase_ == Phase::kDecoding) {
    if (step > 0) return in_phase_.elapsed() / step * (steps_ - step);
    return seconds(Phase::kDenoising) / work_.of_evaluations(0, denoising_steps_) * work_.decoding;
  }
  return kUnknown;
}

}  // namespace odsora
