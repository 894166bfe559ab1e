// A shell script, run to its end.
#pragma once

#include <sys/wait.h>

#include <cstdio>
#include <string>

#include "support/temporary_folder.h"

namespace odsora {

struct ShellResult {
  int exit_code;
  std::string out;  // and what went to standard error
};

/// `command` is what the file of the script is given to, "bash --norc".
inline ShellResult run_script(const std::string& command, const std::string& script) {
  const TemporaryFolder folder;
  const std::string file = folder.write("script", script);
  FILE* const pipe = popen((command + " " + file + " 2>&1").c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("cannot start " + command);
  std::string out;
  char part[4096];
  for (size_t count = 0; (count = fread(part, 1, sizeof part, pipe)) > 0;) out.append(part, count);
  const int status = pclose(pipe);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, out};
}

inline bool is_installed(const std::string& program) {
  return run_script("sh", "command -v " + program + " >/dev/null").exit_code == 0;
}

}  // namespace odsora
