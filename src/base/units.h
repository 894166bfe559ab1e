// Units that live in the type.
#pragma once

#include <chrono>
#include <cstdint>

namespace odsora {

using Bytes = uint64_t;
using Seconds = double;

/// Seconds since its construction, on a clock that never jumps.
class Stopwatch {
 public:
  Seconds elapsed() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace odsora
