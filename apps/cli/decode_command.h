// odsora decode: latents that a checkpoint has kept become a video file.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "engine_options.h"
#include "progress_options.h"

namespace odsora_cli {

/// Adds the subcommand to the app, which must live longer; run() after parsing, if it was the one.
class DecodeCommand {
 public:
  explicit DecodeCommand(CLI::App& app);

  bool chosen() const { return command_->parsed(); }
  /// → the exit code. Throws odsora::Error.
  int run();

 private:
  int decode(ProgressPrinter& printer);

  CLI::App* command_;
  EngineOptions engine_;
  std::vector<std::string> latents_;
  odsora::OutputFile output_;
  ProgressOptions progress_;
};

}  // namespace odsora_cli
