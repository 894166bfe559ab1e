#include "technique_options.h"

#include <charconv>
#include <map>

namespace odsora_cli {
namespace {

// A number that ends at `end`, or false.
bool parse_number(const char* begin, const char* end, int& number) {
  const auto [parsed, error] = std::from_chars(begin, end, number);
  return error == std::errc() && parsed == end;
}

}  // namespace

std::string parse_leap(const std::string& text, odsora::Leap& result) {
  using Rule = odsora::Leap::Rule;
  static const std::map<std::string, Rule> kRules = {
      {"off", Rule::kOff}, {"auto", Rule::kAuto}, {"authors", Rule::kAuthors}};
  if (const auto rule = kRules.find(text); rule != kRules.end()) {
    result = {.rule = rule->second};
    return {};
  }
  result.rule = Rule::kFixed;
  if (parse_number(text.data(), text.data() + text.size(), result.evaluations)) return {};
  return "expected off, auto, authors or a number of evaluations, found " + text;
}

std::string parse_growing_leaps(const std::string& text, odsora::Leap& result) {
  result.rule = odsora::Leap::Rule::kGrowing;
  if (parse_number(text.data(), text.data() + text.size(), result.evaluations)) return {};
  return "expected a number of evaluations, found " + text;
}

std::string parse_steps(const std::string& text, odsora::CountedRange& result) {
  if (text == "off") {
    result = {};
    return {};
  }
  const std::string wrong = parse_blocks(text, result);
  return wrong.empty() ? wrong : "expected off, all, a number N for 1 to N, or A-B, found " + text;
}

std::string parse_blocks(const std::string& text, odsora::CountedRange& result) {
  result = {1, odsora::CountedRange::kEnd};
  if (text == "all") return {};
  const auto in_order = [&] {
    return 1 <= result.first && result.first <= result.last && result.last < odsora::CountedRange::kEnd;
  };
  const char* begin = text.data();
  const char* const end = begin + text.size();
  if (const size_t dash = text.find('-', 1); dash != std::string::npos) {
    if (parse_number(begin, begin + dash, result.first) && parse_number(begin + dash + 1, end, result.last) &&
        in_order()) {
      return {};
    }
  } else if (parse_number(begin, end, result.last) && in_order()) {
    return {};
  }
  return "expected all, a number N for 1 to N, or A-B, found " + text;
}

}  // namespace odsora_cli
