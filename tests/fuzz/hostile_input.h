// What every fuzz target does with an input of a stranger: an Error is an answer, anything else is a finding.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "odsora/odsora.h"

namespace odsora::fuzz {

/// The sentence of the Error with which the last input was refused; empty: it was accepted.
inline std::string refusal;

/// Ends the process, so that the input counts as a finding.
[[noreturn]] inline void report_finding(std::string_view what) {
  std::fprintf(stderr, "finding: %.*s\n", static_cast<int>(what.size()), what.data());
  std::abort();
}

/// A file cannot cause a defect of ours, and the sentence goes to a terminal: one line, nothing that it obeys.
inline void check_refusal(const Error& error) {
  const std::string_view sentence = error.what();
  if (error.code() == ErrorCode::kInternal) report_finding("an internal error: " + std::string(sentence));
  if (sentence.empty()) report_finding("an error without a sentence");
  for (size_t i = 0; i < sentence.size(); ++i) {
    const auto byte = static_cast<uint8_t>(sentence[i]);
    // U+0080 to U+009F are control characters as well.
    const bool is_c1 = byte == 0xc2 && i + 1 < sentence.size() && static_cast<uint8_t>(sentence[i + 1]) < 0xa0;
    if (byte < 0x20 || byte == 0x7f || is_c1) {
      report_finding("an error with a control character: " + std::string(sentence));
    }
  }
}

/// Lets `act` read the input. Other exceptions than Error pass through and end the process.
template <typename Act>
int try_input(const Act& act) {
  refusal.clear();
  try {
    act();
  } catch (const Error& error) {
    check_refusal(error);
    refusal = error.what();
  }
  return 0;
}

inline std::string_view text_of(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace odsora::fuzz
