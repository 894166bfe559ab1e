// The program as a user types it, started in a folder of its own.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "support/temporary_folder.h"

namespace odsora {

/// The bytes of a file.
inline std::string contents(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream bytes;
  bytes << stream.rdbuf();
  return bytes.str();
}

struct Finished {
  int exit_code;
  std::string out;
  std::string err;
};

/// Started in a folder of its own, so that whatever it leaves there can be seen.
class Program {
 public:
  /// With the door of a control group the program runs in that group; with a folder it works there.
  explicit Program(const std::vector<std::string>& arguments, const std::filesystem::path& group_door = {},
                   std::filesystem::path place = {})
      : place_(place.empty() ? folder_.path() : std::move(place)) {
    child_ = fork();
    if (child_ != 0) return;
    if (!group_door.empty() && !(std::ofstream(group_door) << 0 << std::flush)) _exit(123);
    if (chdir(place_.c_str()) != 0) _exit(120);
    setenv("ODSORA_CACHE_DIR", cache_.path().c_str(), 1);
    redirect("stdout.txt", STDOUT_FILENO);
    redirect("stderr.txt", STDERR_FILENO);
    std::vector<char*> argv = {const_cast<char*>("odsora")};
    for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    execv(ODSORA_PROGRAM, argv.data());
    _exit(121);
  }

  const std::filesystem::path& folder() const { return place_; }
  void send(int signal) const { kill(child_, signal); }

  /// Whether it is at an end, by itself or by a signal. wait() tells how.
  bool has_ended() const {
    siginfo_t information = {};
    return waitid(P_PID, static_cast<id_t>(child_), &information, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           information.si_pid == child_;
  }

  Finished wait() const {
    int status = 0;
    waitpid(child_, &status, 0);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, contents(log("stdout.txt")), contents(log("stderr.txt"))};
  }

  /// Everything in the program's folder but the two redirected streams.
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder())) {
      const std::string name = entry.path().filename().string();
      if (name != "stdout.txt" && name != "stderr.txt") names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    return names;
  }

 private:
  std::filesystem::path log(const char* name) const { return place_ / name; }
  void redirect(const char* name, int descriptor) const {
    FILE* file = fopen(name, "wb");
    if (file == nullptr || dup2(fileno(file), descriptor) < 0) _exit(122);
  }

  TemporaryFolder folder_;  // its own
  std::filesystem::path place_;
  TemporaryFolder cache_;  // not the user's
  pid_t child_ = 0;
};

/// Lines that are no notes.
inline int64_t sentences_in(const std::string& text) {
  std::istringstream lines(text);
  int64_t count = 0;
  for (std::string line; std::getline(lines, line);) count += line.starts_with("note: ") ? 0 : 1;
  return count;
}

/// The names, without that of a checkpoint: work that is kept when a run fails.
inline std::vector<std::string> but_checkpoints(std::vector<std::string> names) {
  std::erase_if(names, [](const std::string& name) { return name.ends_with(".checkpoint"); });
  return names;
}

inline std::vector<std::string> with(std::vector<std::string> arguments, const std::vector<std::string>& more) {
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

/// The program ends with this exit code and one sentence, and leaves nothing.
inline void expect_refusal(const std::vector<std::string>& arguments, int exit_code,
                           const std::string& part_of_sentence) {
  const Program program(arguments);
  const Finished finished = program.wait();
  const std::string command = testing::PrintToString(arguments);
  EXPECT_EQ(finished.exit_code, exit_code) << command << '\n' << finished.err;
  EXPECT_THAT(finished.err, testing::HasSubstr(part_of_sentence)) << command;
  EXPECT_EQ(std::count(finished.err.begin(), finished.err.end(), '\n'), 1) << finished.err;
  EXPECT_THAT(program.files(), testing::IsEmpty()) << command;
}

}  // namespace odsora
