#include "techniques/linear_proportional_leap.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <numeric>

#include "base/error.h"
#include "techniques/growing_leaps.h"

namespace odsora {
namespace {

constexpr double kTolerance = 1e-3;
constexpr int kAuthorsFirstStep = 14;
constexpr int kAuthorsPatience = 3;

struct Sums {
  double product = 0, now = 0, before = 0;  // v_i · v_{i-1}, |v_i|², |v_{i-1}|²

  void add(std::span<const float> a, std::span<const float> b) {
    for (size_t i = 0; i < a.size(); ++i) {
      product += static_cast<double>(a[i]) * b[i];
      now += static_cast<double>(a[i]) * a[i];
      before += static_cast<double>(b[i]) * b[i];
    }
  }
  double cosine() const { return now > 0 && before > 0 ? product / (std::sqrt(now) * std::sqrt(before)) : 0; }
};

bool moves(std::span<const uint8_t> moving, size_t frame) { return moving.empty() || moving[frame] != 0; }

bool decides_by_cosine(const Leap& leap) { return leap.rule == Leap::Rule::kAuto || leap.rule == Leap::Rule::kAuthors; }

std::string in_words(int steps) { return join(steps, steps == 1 ? " step" : " steps"); }

bool has_evaluations(const Leap& leap) { return leap.rule == Leap::Rule::kFixed || leap.rule == Leap::Rule::kGrowing; }

StraightnessRule rule_of(const Leap& leap, int steps) {
  return leap.rule == Leap::Rule::kAuthors ? authors_straightness_rule() : straightness_rule(steps);
}

}  // namespace

std::optional<double> velocity_cosine(const VelocityPair& velocities) {
  const HostTensor& now = velocities.now;
  assert(now.shape == velocities.before.shape);
  const auto batch = static_cast<size_t>(now.dim(0)), channels = static_cast<size_t>(now.dim(1));
  const auto frames = static_cast<size_t>(now.dim(2));
  const size_t plane = now.values.size() / (batch * channels * frames);
  Sums sums;
  bool any = false;
  for (size_t i = 0; i < batch * channels * frames; ++i) {
    const size_t frame = i / (channels * frames) * frames + i % frames;
    if (!moves(velocities.moving_now, frame) || !moves(velocities.moving_before, frame)) continue;
    any = true;
    sums.add(std::span(now.values).subspan(i * plane, plane),
             std::span(velocities.before.values).subspan(i * plane, plane));
  }
  if (!any) return std::nullopt;
  return sums.cosine();
}

double authors_cosine(const VelocityPair& velocities) {
  const auto rows = static_cast<size_t>(velocities.now.dim(3)), width = static_cast<size_t>(velocities.now.dim(4));
  double sum = 0;
  for (size_t row = 0; row < rows; ++row) {  // of item 0, channel 0, frame 0: the first plane
    Sums sums;
    sums.add(std::span(velocities.now.values).subspan(row * width, width),
             std::span(velocities.before.values).subspan(row * width, width));
    sum += sums.cosine();
  }
  return sum / static_cast<double>(rows);
}

StraightnessRule straightness_rule(int steps) {
  return {.first_step = std::max(1, (steps + 1) / 2 - 1),
          .patience = std::max(2, (steps + 5) / 10),
          .tolerance = kTolerance};
}

StraightnessRule authors_straightness_rule() {
  return {.first_step = kAuthorsFirstStep, .patience = kAuthorsPatience, .tolerance = kTolerance};
}

int least_evaluations(const StraightnessRule& rule) { return rule.first_step + rule.patience + 1; }

std::vector<int> evaluated_steps(const Leap& leap, int steps) {
  if (leap.rule == Leap::Rule::kGrowing) return growing_leaps(steps, leap.evaluations);
  std::vector<int> first(static_cast<size_t>(most_evaluations(leap, steps)));
  std::iota(first.begin(), first.end(), 0);
  return first;
}

LeapDecider::LeapDecider(const Leap& leap, int steps)
    : leap_(leap),
      steps_(steps),
      evaluated_(evaluated_steps(leap, steps)),
      rule_(rule_of(leap, steps)),
      straightness_{.best = 0, .patience_left = rule_.patience} {}

std::optional<double> LeapDecider::cosine(const VelocityPair& velocities) const {
  if (leap_.rule == Leap::Rule::kAuthors) return authors_cosine(velocities);
  return velocity_cosine(velocities);
}

LeapDecision LeapDecider::decide(std::optional<double> cosine) {
  assert(next_ < evaluated_.size());
  LeapDecision decision;
  if (decides_by_cosine(leap_)) {
    decision = decide_dynamic(cosine);
  } else {
    decision.reason = reason_to_go_on();
  }
  if (next_ + 1 == evaluated_.size()) {
    decision.ends_path = leapt_over() > 0;
    decision.reason = decision.ends_path ? reason_to_end() : "the last step";
  }
  ++next_;
  decision.straightness = straightness_;
  return decision;
}

void LeapDecider::go_on(int evaluations, const Straightness& straightness) {
  assert(evaluations >= 0 && static_cast<size_t>(evaluations) <= evaluated_.size());
  next_ = static_cast<size_t>(evaluations);
  straightness_ = straightness;
}

// Steps between the next evaluation and the one after it, or the end.
int LeapDecider::leapt_over() const {
  const int to = next_ + 1 < evaluated_.size() ? evaluated_[next_ + 1] : steps_;
  return to - evaluated_[next_] - 1;
}

std::string LeapDecider::reason_to_go_on() const {
  if (leap_.rule == Leap::Rule::kOff) return "go on: LPL is off";
  if (leap_.rule == Leap::Rule::kFixed) return join("go on: evaluation ", next_ + 1, " of ", leap_.evaluations);
  if (const int steps = leapt_over(); steps > 0) return join("leap over ", in_words(steps));
  return "go on to the next step";
}

std::string LeapDecider::reason_to_end() const {
  if (leap_.rule == Leap::Rule::kFixed) {
    return join("leap: evaluation ", leap_.evaluations, " is the last that was asked for");
  }
  return join("leap over the rest, ", in_words(leapt_over()));
}

LeapDecision LeapDecider::decide_dynamic(std::optional<double> cosine) {
  LeapDecision decision;
  const int step = evaluated_[next_];
  if (step < rule_.first_step) {
    decision.reason = join("go on: cosines count from step ", rule_.first_step + 1);
  } else if (!cosine) {
    decision.reason = "go on: nothing to compare";
  } else if (*cosine > straightness_.best + rule_.tolerance) {
    decision.reason = straightness_.best == 0 ? "go on: the first cosine that counts" : "go on: the cosine has grown";
    straightness_ = {.best = *cosine, .patience_left = rule_.patience};
  } else {
    decision.ends_path = --straightness_.patience_left == 0;
    decision.reason = join(decision.ends_path ? "leap" : "go on", ": the cosine has not grown, ",
                           rule_.patience - straightness_.patience_left, " of ", rule_.patience);
  }
  return decision;
}

bool LeapDecider::next_may_leap() const {
  if (next_ + 1 >= evaluated_.size()) return true;
  return decides_by_cosine(leap_) && evaluated_[next_] >= rule_.first_step && straightness_.patience_left == 1;
}

const char* leap_name(const Leap& leap) { return leap.rule == Leap::Rule::kGrowing ? "leaps" : "lpl"; }

const char* leap_rule_name(Leap::Rule rule) {
  switch (rule) {
    case Leap::Rule::kOff: return "off";
    case Leap::Rule::kFixed: return "fixed";
    case Leap::Rule::kAuto: return "auto";
    case Leap::Rule::kAuthors: return "authors";
    case Leap::Rule::kGrowing: return "growing";
  }
  return "?";
}

void check_leap(const Leap& leap, int steps) {
  if (has_evaluations(leap) && (leap.evaluations < 1 || leap.evaluations > steps)) {
    fail(ErrorCode::kInvalidArgument, leap_name(leap), ": expected 1 to ", steps, " evaluations, as there are ", steps,
         " steps, found ", leap.evaluations);
  }
}

int most_evaluations(const Leap& leap, int steps) { return has_evaluations(leap) ? leap.evaluations : steps; }

bool too_few_steps_to_leap(const Leap& leap, int steps) {
  return decides_by_cosine(leap) && least_evaluations(rule_of(leap, steps)) >= steps;
}

}  // namespace odsora
