// Errors are made where wrong input is first known, from parts that name file, field, expected and found.
#pragma once

#include <sstream>
#include <string>

#include "odsora/odsora.h"

namespace odsora {

/// The parts written one after the other with operator<<.
template <typename... Parts>
std::string join(const Parts&... parts) {
  std::ostringstream text;
  (text << ... << parts);
  return text.str();
}

/// Throws Error with the joined parts as its one sentence.
template <typename... Parts>
[[noreturn]] void fail(ErrorCode code, const Parts&... parts) {
  throw Error(code, join(parts...));
}

/// Thrown inside the library when a CancelToken was seen; the engine turns it into Report::cancelled.
struct Cancelled {};

}  // namespace odsora
