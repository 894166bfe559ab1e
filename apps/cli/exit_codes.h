// What the program's exit codes mean.
#pragma once

#include <array>
#include <string>

namespace odsora_cli {

struct ExitCode {
  int code;
  const char* meaning;
};

constexpr std::array<ExitCode, 9> kExitCodes = {{{0, "done"},
                                                 {1, "internal error"},
                                                 {2, "bad argument"},
                                                 {3, "bad model file"},
                                                 {4, "output cannot be written"},
                                                 {5, "not supported by this machine"},
                                                 {6, "does not fit the memory limit"},
                                                 {7, "the model's numbers failed"},
                                                 {130, "interrupted"}}};

/// "Exit codes: 0 done, 1 internal error, …" in lines of a terminal.
std::string describe_exit_codes();

}  // namespace odsora_cli
