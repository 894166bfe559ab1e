// odsora bench: how fast this machine runs what videos are made of.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "tools/bench.h"

namespace odsora_cli {

/// Adds the subcommand to the app, which must live longer; run() after parsing, if it was the one.
class BenchCommand {
 public:
  explicit BenchCommand(CLI::App& app);

  bool chosen() const { return command_->parsed(); }
  /// → the exit code. Throws odsora::Error.
  int run();

 private:
  CLI::App* command_;
  odsora::BenchOptions options_;
  std::vector<std::string> wanted_;
  bool json_ = false;
};

}  // namespace odsora_cli
