// Completion of the command line for bash.
#pragma once

#include <string>

#include "option_table.h"

namespace odsora_cli {

/// A script for `source`: subcommands, options, choices, and names on disk where an option takes them.
std::string bash_completion(const OptionTable& table);

}  // namespace odsora_cli
