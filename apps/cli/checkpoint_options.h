// The options that say how unfinished work is kept; several subcommands have them.
#pragma once

#include <CLI/CLI.hpp>

#include "odsora/odsora.h"

namespace odsora_cli {

/// Adds --checkpoint-every to a command.
void add_checkpoint_every(CLI::App& command, double& every_s);

/// Adds --fresh as well.
void add_checkpoint_options(CLI::App& command, odsora::Checkpoints& checkpoints);

}  // namespace odsora_cli
