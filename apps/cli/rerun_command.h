// odsora rerun: the video of a file once more, from what the file tells about its making.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "engine_options.h"
#include "progress_options.h"

namespace odsora_cli {

/// Adds the subcommand to the app, which must live longer; run() after parsing, if it was the one.
class RerunCommand {
 public:
  explicit RerunCommand(CLI::App& app);

  bool chosen() const { return command_->parsed(); }
  /// → the exit code. Throws odsora::Error.
  int run();

 private:
  int rerun(ProgressPrinter& printer);
  std::string output() const;

  CLI::App* command_;
  EngineOptions engine_;
  std::string file_;
  std::string output_;
  std::string preview_;
  std::string inputs_;
  odsora::Checkpoints checkpoints_;
  ProgressOptions progress_;
};

}  // namespace odsora_cli
