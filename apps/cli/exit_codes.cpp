#include "exit_codes.h"

namespace odsora_cli {

std::string describe_exit_codes() {
  constexpr size_t kLineWidth = 100;
  std::string text = "Exit codes:";
  size_t line_begin = 0;
  for (const ExitCode& exit : kExitCodes) {
    const bool last = &exit == &kExitCodes.back();
    const std::string part = std::to_string(exit.code) + ' ' + exit.meaning + (last ? "." : ",");
    const bool fits = text.size() - line_begin + 1 + part.size() <= kLineWidth;
    text += fits ? ' ' : '\n';
    if (!fits) line_begin = text.size();
    text += part;
  }
  return text;
}

}  // namespace odsora_cli
