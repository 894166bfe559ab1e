#include "text/score_suffix.h"

#include <cassert>
#include <charconv>
#include <cmath>

namespace odsora {
namespace {

/// Python's "{:.1f}", which std::to_chars matches in every locale.
std::string one_decimal(double value) {
  assert(std::isfinite(value));
  char text[320];  // the largest double has 309 digits before its point
  const std::to_chars_result end = std::to_chars(text, text + sizeof(text), value, std::chars_format::fixed, 1);
  return std::string(text, end.ptr);
}

void append_part(std::string& prompt, const std::string& marker, const std::string& value) {
  if (prompt.find(marker) != std::string::npos) return;
  prompt += " " + marker + " " + value + ".";
}

}  // namespace

std::string append_scores(std::string_view prompt, const ScoreSuffix& scores) {
  std::string result(prompt);
  if (scores.aesthetic) append_part(result, "aesthetic score:", one_decimal(*scores.aesthetic));
  if (scores.motion) append_part(result, "motion score:", one_decimal(*scores.motion));
  if (!scores.camera_motion.empty()) append_part(result, "camera motion:", scores.camera_motion);
  return result;
}

}  // namespace odsora
