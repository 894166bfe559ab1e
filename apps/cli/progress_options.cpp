#include "progress_options.h"

#include <map>

#include "choice_option.h"

namespace odsora_cli {

void add_progress_options(CLI::App& command, ProgressOptions& options) {
  static const std::map<std::string, ProgressStyle> kProgressStyles = {{"auto", ProgressStyle::kAuto},
                                                                       {"plain", ProgressStyle::kPlain},
                                                                       {"json", ProgressStyle::kJson},
                                                                       {"none", ProgressStyle::kNone}};
  add_choice(command, "--progress", kProgressStyles, options.style,
             "How to show it; json is one object a line on standard output [auto]");
  command.add_flag("-v,--verbose", options.verbose, "Say more");
}

int run_with_printer(const ProgressOptions& options, const std::function<int(ProgressPrinter&)>& command) {
  const auto printer = make_progress_printer(options.style, options.verbose);
  try {
    return command(*printer);
  } catch (const odsora::Error& error) {
    printer->failed(error);
    throw;
  }
}

}  // namespace odsora_cli
