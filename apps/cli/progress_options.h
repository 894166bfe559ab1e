// How a command that takes long shows where it stands.
#pragma once

#include <CLI/CLI.hpp>

#include "progress_printer.h"

namespace odsora_cli {

/// Adds --progress and --verbose to a command.
void add_progress_options(CLI::App& command, ProgressStyle& style, bool& verbose);

}  // namespace odsora_cli
