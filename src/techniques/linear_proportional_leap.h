// LPL, Linear Proportional Leap (On-device Sora, arXiv 2502.04363v2, section 4), as arithmetic: how straight the
// denoising path has become, and which evaluation of the denoiser is the last. sampling/rectified_flow.h acts.
//
// A step from t_i goes to t_{i+1}, z <- z + v (t_i - t_{i+1}) / 1000; a leap goes to 0, z <- z + v t_i / 1000 (eqs.
// 3-5).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/host_tensor.h"
#include "odsora/odsora.h"

namespace odsora {

/// Two velocities [batch, channels, frames, height, width] of neighbouring steps.
struct VelocityPair {
  const HostTensor& now;
  const HostTensor& before;
  std::span<const uint8_t> moving_now = {};     // [batch * frames], 1 where a frame moves; empty when all move
  std::span<const uint8_t> moving_before = {};  // likewise
};

/// <v_i, v_{i-1}> / (|v_i| |v_{i-1}|) over all frames that moved in both steps, summed in double; 0 if one of the
/// two is zero. Nothing where no frame moved in both.
std::optional<double> velocity_cosine(const VelocityPair& velocities);

/// What the authors' code measures: of the first item, channel and frame, the cosine of each row, averaged over the
/// rows; 0 for a row of zeros. Masks are not looked at.
double authors_cosine(const VelocityPair& velocities);

/// When a path counts as straight: its cosine has failed `patience` times in a row to be the best so far by more than
/// `tolerance`.
struct StraightnessRule {
  int first_step = 0;  // index, from 0, of the first step whose cosine counts
  int patience = 0;
  double tolerance = 0;
};

/// The rule for a path of `steps` steps. The paper lets a path leap after half of its steps, and leaves the patience
/// open; the authors' code has, for 30 steps, first step 14, patience 3 and tolerance 1e-3. Here, for any number K:
/// first step max(1, ceil(K / 2) - 1), patience max(2, round(K / 10)), the same tolerance. Equal for K = 30.
StraightnessRule straightness_rule(int steps);

/// First step 14, patience 3, tolerance 1e-3, whatever the number of steps.
StraightnessRule authors_straightness_rule();

/// The earliest that a rule can leap, in evaluations, along a path whose cosines are positive.
int least_evaluations(const StraightnessRule& rule);

/// How straight a path has been so far, for rules that look at it.
struct Straightness {
  double best = 0;        // cosine; 0 before the first that counts
  int patience_left = 0;  // steps that may yet fail to be the best
};

struct LeapDecision {
  bool ends_path = false;     // this velocity covers all that is left, more than one step
  Straightness straightness;  // after this step; as it was where the rule does not look at it
  std::string reason;         // "go on…", "leap…" or "the last step"
};

/// The indices, from 0, of the steps that are evaluated, unless the path is left before: the first N for Rule::kFixed,
/// growing_leaps() for kGrowing, else all. `leap` must be valid: see check_leap().
std::vector<int> evaluated_steps(const Leap& leap, int steps);

/// Decides step by step along one path. A path has a decider of its own, so nothing is left over from another video.
class LeapDecider {
 public:
  /// `leap` must be valid: see check_leap().
  LeapDecider(const Leap& leap, int steps);

  /// evaluated_steps() of this path.
  const std::vector<int>& evaluated() const { return evaluated_; }

  /// What is measured for this decider: the authors' rule has a measure of its own.
  std::optional<double> cosine(const VelocityPair& velocities) const;

  /// Of the next evaluation, whose velocity has this cosine with the one before; nothing if they cannot be compared,
  /// which changes no count. The last step of the path is no leap.
  LeapDecision decide(std::optional<double> cosine);

  /// What follows is the path's evaluation number `evaluations`, from 0, after the decision that left `straightness`.
  void go_on(int evaluations, const Straightness& straightness);

  /// Whether the next step can be the last one evaluated.
  bool next_may_leap() const;

 private:
  LeapDecision decide_dynamic(std::optional<double> cosine);
  std::string reason_to_go_on() const;
  std::string reason_to_end() const;
  int leapt_over() const;

  Leap leap_;
  int steps_;
  std::vector<int> evaluated_;
  StraightnessRule rule_;
  size_t next_ = 0;  // evaluation
  Straightness straightness_;
};

/// What users call it: "lpl", or "leaps" for growing ones.
const char* leap_name(const Leap& leap);

constexpr Leap::Rule kLeapRules[] = {Leap::Rule::kOff, Leap::Rule::kFixed, Leap::Rule::kAuto, Leap::Rule::kAuthors,
                                     Leap::Rule::kGrowing};
const char* leap_rule_name(Leap::Rule rule);  // "off", "fixed", "auto", "authors", "growing"

/// Throws Error(kInvalidArgument) unless the number of evaluations, where the rule has one, is 1 to `steps`.
void check_leap(const Leap& leap, int steps);

/// The most evaluations that a path of `steps` steps will take.
int most_evaluations(const Leap& leap, int steps);

/// Whether a rule was asked for that cannot leap before the last of so few steps.
bool too_few_steps_to_leap(const Leap& leap, int steps);

}  // namespace odsora
