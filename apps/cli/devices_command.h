// odsora devices: which compute path is in use, and why.
#pragma once

#include <CLI/CLI.hpp>

namespace odsora_cli {

/// Adds the subcommand to the app, which must live longer; run() after parsing, if it was the one.
class DevicesCommand {
 public:
  explicit DevicesCommand(CLI::App& app);

  bool chosen() const { return command_->parsed(); }
  /// → the exit code. Throws odsora::Error.
  int run() const;

 private:
  CLI::App* command_;
  bool json_ = false;
};

}  // namespace odsora_cli
