// A real control group of the kernel with a memory limit, where this machine lets the tests make one.
#pragma once

#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>

namespace odsora {

class MemoryControlGroup {
 public:
  /// Nothing where the machine does not allow it: no right to write, or no memory controller in the hierarchy.
  static std::unique_ptr<MemoryControlGroup> make(uint64_t limit) {
    const struct {
      const char* root;
      const char* controller;  // as /proc/self/cgroup names it
      const char* limit_file;
    } versions[] = {{"/sys/fs/cgroup/memory", "memory", "memory.limit_in_bytes"}, {"/sys/fs/cgroup", "", "memory.max"}};
    for (const auto& version : versions) {
      std::error_code error;
      const std::filesystem::path parent = version.root + own_group(version.controller);
      const std::filesystem::path folder = parent / ("odsora-test-" + std::to_string(getpid()));
      if (!std::filesystem::create_directory(folder, error)) continue;
      std::unique_ptr<MemoryControlGroup> group(new MemoryControlGroup(folder));
      // In a real group the kernel has put the file there; elsewhere one could be written without any effect.
      if (!std::filesystem::exists(folder / version.limit_file)) continue;
      std::ofstream file(folder / version.limit_file);
      if (file << limit << std::flush) return group;
    }
    return nullptr;
  }

  ~MemoryControlGroup() { rmdir(folder_.c_str()); }
  MemoryControlGroup(const MemoryControlGroup&) = delete;
  MemoryControlGroup& operator=(const MemoryControlGroup&) = delete;

  /// Writing 0 here moves the writer into the group.
  std::filesystem::path door() const { return folder_ / "cgroup.procs"; }

 private:
  explicit MemoryControlGroup(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // The path after "N:CONTROLLERS:", of the first hierarchy that has this controller.
  static std::string own_group(const std::string& controller) {
    std::ifstream groups("/proc/self/cgroup");
    for (std::string line; std::getline(groups, line);) {
      const size_t first = line.find(':');
      const size_t second = line.find(':', first + 1);
      if (second == std::string::npos) continue;
      std::istringstream controllers(line.substr(first + 1, second - first - 1));
      std::string one;
      bool found = controller.empty() && controllers.str().empty();
      while (std::getline(controllers, one, ',')) found = found || one == controller;
      if (found) return line.substr(second + 1);
    }
    return "/";
  }

  std::filesystem::path folder_;
};

}  // namespace odsora
