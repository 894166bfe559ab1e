#include "base/process_memory.h"

#include <malloc.h>

#include <fstream>
#include <string>
#include <string_view>

namespace odsora {
namespace {

// A line of Linux' /proc/self/status such as "VmRSS:     1234 kB".
Bytes status_field(std::string_view field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(field)) return std::stoull(line.substr(field.size())) * 1024;
  }
  return 0;
}

}  // namespace

void release_freed_memory() { malloc_trim(0); }

Bytes resident_bytes() { return status_field("VmRSS:"); }
Bytes peak_resident_bytes() { return status_field("VmHWM:"); }

}  // namespace odsora
