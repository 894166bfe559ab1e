#include "tools/competing_load.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "base/error.h"

namespace odsora {
namespace {

[[noreturn]] void keep_a_core_busy() {
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // a measurement that was killed leaves nothing running
  volatile unsigned long turns = 0;
  for (;;) turns = turns + 1;
}

}  // namespace

CompetingLoad::CompetingLoad(int processes) {
  for (int i = 0; i < processes; ++i) {
    const pid_t process = fork();
    if (process < 0) fail(ErrorCode::kInternal, "no process for the competing load");
    if (process == 0) keep_a_core_busy();
    processes_.push_back(process);
  }
  stop();
}

CompetingLoad::~CompetingLoad() {
  signal_all(SIGKILL);
  for (const pid_t process : processes_) waitpid(process, nullptr, 0);
}

void CompetingLoad::start() { signal_all(SIGCONT); }

void CompetingLoad::stop() { signal_all(SIGSTOP); }

void CompetingLoad::signal_all(int signal) const {
  for (const pid_t process : processes_) kill(process, signal);
}

}  // namespace odsora
