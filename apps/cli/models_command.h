// odsora models: which models are there, and what each needs.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace odsora_cli {

/// Adds the subcommand to the app, which must live longer; run() after parsing, if it was the one.
class ModelsCommand {
 public:
  explicit ModelsCommand(CLI::App& app);

  bool chosen() const { return command_->parsed(); }
  /// → the exit code. Throws odsora::Error.
  int run() const;

 private:
  CLI::App* command_;
  std::vector<std::string> folders_;
  std::string memory_limit_;
  bool json_ = false;
};

}  // namespace odsora_cli
