// How the program tells sizes.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>

namespace odsora_cli {

constexpr double kGigabyte = 1e9;

/// "3.30 GB".
inline std::string gigabytes(uint64_t bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f GB", static_cast<double>(bytes) / kGigabyte);
  return text;
}

}  // namespace odsora_cli
