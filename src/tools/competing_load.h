// Processes that keep cores busy while something is measured, as other programs of a user would.
#pragma once

#include <sys/types.h>

#include <vector>

namespace odsora {

class CompetingLoad {
 public:
  /// Stopped at first.
  explicit CompetingLoad(int processes);
  ~CompetingLoad();
  CompetingLoad(const CompetingLoad&) = delete;
  CompetingLoad& operator=(const CompetingLoad&) = delete;

  void start();
  void stop();

 private:
  void signal_all(int signal) const;

  std::vector<pid_t> processes_;
};

}  // namespace odsora
