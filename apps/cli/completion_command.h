// odsora completion: a script that lets a shell complete the command line.
#pragma once

#include <CLI/CLI.hpp>

namespace odsora_cli {

/// Adds the subcommand to the app, which must live longer; run() after parsing, if it was the one.
class CompletionCommand {
 public:
  explicit CompletionCommand(CLI::App& app);

  bool chosen() const { return command_->parsed(); }
  /// → the exit code.
  int run() const;

 private:
  enum class Shell { kBash, kZsh };

  const CLI::App& app_;
  CLI::App* command_;
  Shell shell_ = Shell::kBash;
};

}  // namespace odsora_cli
