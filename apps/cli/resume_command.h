// odsora resume: goes on with a video that was left unfinished.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "engine_options.h"
#include "progress_options.h"

namespace odsora_cli {

/// Adds the subcommand to the app, which must live longer; run() after parsing, if it was the one.
class ResumeCommand {
 public:
  explicit ResumeCommand(CLI::App& app);

  bool chosen() const { return command_->parsed(); }
  /// → the exit code. Throws odsora::Error.
  int run();

 private:
  int resume(ProgressPrinter& printer);

  CLI::App* command_;
  EngineOptions engine_;
  std::string file_;
  std::string preview_;
  double every_s_ = odsora::Checkpoints().every_s;
  ProgressOptions progress_;
};

}  // namespace odsora_cli
