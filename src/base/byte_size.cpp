#include "base/byte_size.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/error.h"
#include "base/strict_json.h"

namespace odsora {
namespace {

constexpr Bytes kMostBytes = std::numeric_limits<Bytes>::max();
constexpr Bytes kKilo = 1000;
constexpr Bytes kMega = 1000 * kKilo;
constexpr Bytes kGiga = 1000 * kMega;
constexpr Bytes kTera = 1000 * kGiga;

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

[[noreturn]] void reject(std::string_view text) {
  fail(ErrorCode::kInvalidArgument, "expected an amount of memory such as 3.3G, 300M, 2Gi or 1000000, found ",
       quoted(text));
}

[[noreturn]] void reject_as_too_large(std::string_view text) {
  fail(ErrorCode::kInvalidArgument, "the amount of memory ", quoted(text), " is larger than any machine can have");
}

/// Takes the digits at the beginning of the rest.
std::string_view take_digits(std::string_view& rest) {
  const auto end = std::find_if_not(rest.begin(), rest.end(), is_digit);
  const std::string_view digits = rest.substr(0, static_cast<size_t>(end - rest.begin()));
  rest.remove_prefix(digits.size());
  return digits;
}

Bytes whole_number(std::string_view digits, std::string_view text) {
  Bytes number = 0;
  for (const char c : digits) {
    const auto digit = static_cast<Bytes>(c - '0');
    if (number > (kMostBytes - digit) / 10) reject_as_too_large(text);
    number = number * 10 + digit;
  }
  return number;
}

/// 0.digits; what is beyond the fifteenth digit is less than a byte of any unit.
double fraction_of(std::string_view digits) {
  double numerator = 0;
  double denominator = 1;
  for (const char c : digits.substr(0, 15)) {
    numerator = numerator * 10 + (c - '0');
    denominator *= 10;
  }
  return numerator / denominator;
}

/// The unit's bytes: 1 for "" and "B".
Bytes unit_named(std::string_view unit, std::string_view text) {
  constexpr std::string_view kLetters = "KMGT";
  std::string name(unit);
  std::transform(name.begin(), name.end(), name.begin(), upper);
  if (name.ends_with('B')) name.pop_back();
  if (name.empty()) return 1;
  const size_t power = kLetters.find(name.front());
  const bool binary = name.size() == 2 && name[1] == 'I';
  if (power == std::string_view::npos || (name.size() > 1 && !binary)) reject(text);
  Bytes bytes = 1;
  for (size_t i = 0; i <= power; ++i) bytes *= binary ? 1024 : 1000;
  return bytes;
}

/// What one step of the last digit shown is worth. An amount that rounds to 1000 of a unit takes the next one.
Bytes shown_step(Bytes bytes) {
  if (bytes < kKilo) return 1;
  if (bytes < kMega - kKilo / 2) return kKilo;
  if (bytes < kGiga - kMega / 2) return kMega;
  if (bytes < kTera - kGiga / 200) return kGiga / 100;
  return kTera / 100;
}

}  // namespace

Bytes parse_byte_size(std::string_view text) {
  std::string_view rest = text;
  const std::string_view whole = take_digits(rest);
  std::string_view fraction;
  const bool has_point = rest.starts_with('.');
  if (has_point) {
    rest.remove_prefix(1);
    fraction = take_digits(rest);
  }
  if (has_point ? fraction.empty() : whole.empty()) reject(text);
  const bool spaced = rest.starts_with(' ');
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  if (spaced && rest.empty()) reject(text);

  const Bytes unit = unit_named(rest, text);
  if (has_point && unit == 1) reject(text);
  const Bytes number = whole_number(whole, text);
  const auto part = static_cast<Bytes>(std::llround(fraction_of(fraction) * static_cast<double>(unit)));
  if (number > (kMostBytes - part) / unit) reject_as_too_large(text);
  return number * unit + part;
}

std::string format_byte_size(Bytes bytes) {
  const Bytes step = shown_step(bytes);
  const Bytes steps = bytes / step + (bytes % step >= step - step / 2 ? 1 : 0);
  if (step == 1) return join(bytes, " B");
  if (step == kKilo) return join(steps, " kB");
  if (step == kMega) return join(steps, " MB");
  const Bytes hundredths = steps % 100;
  return join(steps / 100, hundredths < 10 ? ".0" : ".", hundredths, step == kTera / 100 ? " TB" : " GB");
}

Bytes round_up_as_shown(Bytes bytes) {
  const Bytes step = shown_step(bytes);
  const Bytes missing = (step - bytes % step) % step;
  return missing > kMostBytes - bytes ? kMostBytes : bytes + missing;
}

}  // namespace odsora
