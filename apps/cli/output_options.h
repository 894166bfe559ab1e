// The options that say which file to write; several subcommands have them.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "odsora/odsora.h"

namespace odsora_cli {

/// Adds --output, --quality and --no-metadata to a command.
void add_output_options(CLI::App& command, odsora::OutputFile& output);

/// Adds --preview.
void add_preview_option(CLI::App& command, std::string& file);

}  // namespace odsora_cli
