// odsora man: the manual page.
#pragma once

#include <CLI/CLI.hpp>

namespace odsora_cli {

/// Adds the subcommand to the app, which must live longer; run() after parsing, if it was the one.
class ManCommand {
 public:
  explicit ManCommand(CLI::App& app);

  bool chosen() const { return command_->parsed(); }
  /// → the exit code.
  int run() const;

 private:
  const CLI::App& app_;
  CLI::App* command_;
};

}  // namespace odsora_cli
