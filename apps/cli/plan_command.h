// odsora plan: what a video will take, before it is made.
#pragma once

#include <CLI/CLI.hpp>

#include "engine_options.h"
#include "request_options.h"

namespace odsora_cli {

/// Adds the subcommand to the app, which must live longer; run() after parsing, if it was the one.
class PlanCommand {
 public:
  explicit PlanCommand(CLI::App& app);

  bool chosen() const { return command_->parsed(); }
  /// → the exit code. Throws odsora::Error.
  int run();

 private:
  CLI::App* command_;
  RequestOptions request_;
  EngineOptions engine_;
  bool json_ = false;
};

}  // namespace odsora_cli
