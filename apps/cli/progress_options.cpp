#include "progress_options.h"

#include <map>

#include "choice_option.h"

namespace odsora_cli {

void add_progress_options(CLI::App& command, ProgressStyle& style, bool& verbose) {
  static const std::map<std::string, ProgressStyle> kProgressStyles = {{"auto", ProgressStyle::kAuto},
                                                                       {"plain", ProgressStyle::kPlain},
                                                                       {"json", ProgressStyle::kJson},
                                                                       {"none", ProgressStyle::kNone}};
  add_choice(command, "--progress", kProgressStyles, style,
             "How to show it; json is one object a line on standard output [auto]");
  command.add_flag("-v,--verbose", verbose, "Say more");
}

}  // namespace odsora_cli
