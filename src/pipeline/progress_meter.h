// Tells the observer where a job stands and how long it will still take.
#pragma once

#include <array>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "base/units.h"
#include "odsora/odsora.h"

namespace odsora {

/// Multiply-adds of the long phases of a clip: what is done so far forecasts the rest.
struct PhaseWork {
  std::vector<double> denoising;  // [evaluations]
  double decoding = 0;
  int clips = 1;

  /// Of evaluations [first, last) of the denoiser.
  double of_evaluations(int first, int last) const {
    return std::accumulate(denoising.begin() + first, denoising.begin() + last, 0.0);
  }
};

class ProgressMeter {
 public:
  /// `observer` must live longer.
  explicit ProgressMeter(const Observer& observer) : observer_(observer) {}

  void set_work(PhaseWork work) { work_ = std::move(work); }

  /// What follows belongs to this clip, from 0.
  void begin_clip(int clip) { clip_ = clip; }

  /// The phase before ends here and `steps` of this one begin, of which an earlier run has done some. Reports those.
  void begin(Phase phase, int steps, int done = 0);

  /// `step` of the phase's steps are done.
  void step_done(int step) { step_done(step, steps_); }

  /// Likewise, where the number of steps has turned out to be another.
  void step_done(int step, int steps);

  /// The last phase ends.
  void end();

  void note(const std::string& sentence) const;

  /// Time spent in a phase so far.
  Seconds seconds(Phase phase) const { return seconds_[static_cast<size_t>(phase)]; }
  Seconds elapsed() const { return total_.elapsed(); }

 private:
  void report(int step) const;
  Seconds seconds_left(int step) const;

  const Observer& observer_;
  PhaseWork work_;
  Stopwatch total_;
  Stopwatch in_phase_;
  Phase phase_ = Phase::kTextEncoding;
  int first_ = 0, steps_ = 0;  // of this run; of the phase
  int clip_ = 0;
  double denoised_ = 0;  // multiply-adds of denoising that this run has done
  double before_ = 0;    // those of the clips before this one
  bool running_ = false;
  std::array<Seconds, 4> seconds_{};
};

}  // namespace odsora
