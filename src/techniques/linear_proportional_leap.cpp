#include "techniques/linear_proportional_leap.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>

#include "base/error.h"

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

LeapDecider::LeapDecider(const Leap& leap, int steps)
    : leap_(leap), steps_(steps), rule_(rule_of(leap, steps)), patience_left_(rule_.patience) {}

std::optional<double> LeapDecider::cosine(const VelocityPair& velocities) const {
  if (leap_.rule == Leap::Rule::kAuthors) return authors_cosine(velocities);
  return velocity_cosine(velocities);
}

LeapDecision LeapDecider::decide(std::optional<double> cosine) {
  assert(step_ < steps_);
  LeapDecision decision;
  switch (leap_.rule) {
    case Leap::Rule::kOff: decision.reason = "go on: LPL is off"; break;
    case Leap::Rule::kFixed: decision = decide_fixed(); break;
    case Leap::Rule::kAuto:
    case Leap::Rule::kAuthors: decision = decide_dynamic(cosine); break;
  }
  if (++step_ == steps_) {
    decision.leap = false;
    decision.reason = "the last step";
  }
  return decision;
}

LeapDecision LeapDecider::decide_fixed() const {
  const int evaluations = step_ + 1;
  if (evaluations < leap_.evaluations) {
    return {.reason = join("go on: evaluation ", evaluations, " of ", leap_.evaluations)};
  }
  return {.leap = true, .reason = join("leap: evaluation ", evaluations, " is the last that was asked for")};
}

LeapDecision LeapDecider::decide_dynamic(std::optional<double> cosine) {
  LeapDecision decision;
  if (step_ < rule_.first_step) {
    decision.reason = join("go on: cosines count from step ", rule_.first_step + 1);
  } else if (!cosine) {
    decision.reason = "go on: nothing to compare";
  } else if (*cosine > best_ + rule_.tolerance) {
    decision.reason = best_ == 0 ? "go on: the first cosine that counts" : "go on: the cosine has grown";
    best_ = *cosine;
    patience_left_ = rule_.patience;
  } else {
    --patience_left_;
    decision.leap = patience_left_ == 0;
    decision.reason = join(decision.leap ? "leap" : "go on", ": the cosine has not grown, ",
                           rule_.patience - patience_left_, " of ", rule_.patience);
  }
  decision.best = best_;
  decision.patience_left = patience_left_;
  return decision;
}

bool LeapDecider::next_may_leap() const {
  if (step_ + 1 >= steps_) return true;
  if (leap_.rule == Leap::Rule::kFixed) return step_ + 1 >= leap_.evaluations;
  return decides_by_cosine(leap_) && step_ >= rule_.first_step && patience_left_ == 1;
}

void check_leap(const Leap& leap, int steps) {
  if (leap.rule == Leap::Rule::kFixed && (leap.evaluations < 1 || leap.evaluations > steps)) {
    fail(ErrorCode::kInvalidArgument, "lpl: expected 1 to ", steps, " evaluations, as there are ", steps,
         " steps, found ", leap.evaluations);
  }
}

int most_evaluations(const Leap& leap, int steps) {
  return leap.rule == Leap::Rule::kFixed ? std::min(leap.evaluations, steps) : steps;
}

bool too_few_steps_to_leap(const Leap& leap, int steps) {
  return decides_by_cosine(leap) && least_evaluations(rule_of(leap, steps)) >= steps;
}

}  // namespace odsora
