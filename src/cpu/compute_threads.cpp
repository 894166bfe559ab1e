#include "cpu/compute_threads.h"

#include <latch>
#include <system_error>
#include <thread>
#include <vector>

#include "base/error.h"

namespace odsora {

void require_compute_threads(int threads) {
  std::latch all_tried(1);  // so that they live at the same time
  std::vector<std::jthread> started;
  std::string reason;
  try {
    while (static_cast<int>(started.size()) < threads - 1) started.emplace_back([&] { all_tried.wait(); });
  } catch (const std::system_error& error) {
    reason = error.code().message();
  }
  all_tried.count_down();
  if (reason.empty()) return;
  fail(ErrorCode::kUnsupported, "threads: expected to compute with ", threads, ", found that the system starts ",
       started.size() + 1, ": ", reason);
}

}  // namespace odsora
