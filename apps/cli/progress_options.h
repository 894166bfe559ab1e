// How a command that takes long shows where it stands.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

#include "progress_printer.h"

namespace odsora_cli {

struct ProgressOptions {
  ProgressStyle style = ProgressStyle::kAuto;
  bool verbose = false;
};

/// Adds --progress and --verbose to a command.
void add_progress_options(CLI::App& command, ProgressOptions& options);

/// Runs a command with a printer, which is told of its error too. → the command's exit code.
int run_with_printer(const ProgressOptions& options, const std::function<int(ProgressPrinter&)>& command);

}  // namespace odsora_cli
