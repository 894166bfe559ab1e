// Faults for the program that a test starts: tests/faults/fault_injection.cpp has the rules.
#pragma once

#include <cstdlib>
#include <string>

#include "support/environment_variable.h"

namespace odsora {

/// As long as it lives, programs that are started suffer from the faults. This process does not.
class Fault {
 public:
  explicit Fault(const std::string& rules)
      : library_("LD_PRELOAD", ODSORA_FAULT_LIBRARY),
        rules_("ODSORA_FAULT", rules.c_str()),
        sanitizer_("ASAN_OPTIONS", sanitizer_options().c_str()) {}

 private:
  // The address sanitizer wants to be the first library, and is content with the second place.
  static std::string sanitizer_options() {
    const char* const given = std::getenv("ASAN_OPTIONS");
    return std::string(given == nullptr ? "" : given) + ":verify_asan_link_order=0";
  }

  EnvironmentVariable library_, rules_, sanitizer_;
};

}  // namespace odsora
