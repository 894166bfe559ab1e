#include "sleeping_threads.h"

#include <unistd.h>

#include <cstdlib>

namespace odsora_cli {

void let_idle_threads_sleep(char** argv) {
  constexpr const char* kPolicy = "OMP_WAIT_POLICY";
  if (std::getenv(kPolicy) != nullptr) return;
  setenv(kPolicy, "passive", 1);
  execv("/proc/self/exe", argv);
  // Where that fails, e.g. without /proc, the program is slower on a busy machine and otherwise the same.
}

}  // namespace odsora_cli
