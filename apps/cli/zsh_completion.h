// Completion of the command line for zsh.
#pragma once

#include <string>

#include "option_table.h"

namespace odsora_cli {

/// A function file for a folder of $fpath, which can be sourced after compinit too.
std::string zsh_completion(const OptionTable& table);

}  // namespace odsora_cli
