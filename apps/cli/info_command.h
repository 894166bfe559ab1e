// odsora info: what a video of ours was made from.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace odsora_cli {

/// Adds the subcommand to the app, which must live longer; run() after parsing, if it was the one.
class InfoCommand {
 public:
  explicit InfoCommand(CLI::App& app);

  bool chosen() const { return command_->parsed(); }
  /// → the exit code. Throws odsora::Error.
  int run();

 private:
  CLI::App* command_;
  std::string file_;
  bool json_ = false;
};

}  // namespace odsora_cli
