// odsora generate: a sentence becomes a video file.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "progress_printer.h"
#include "request_options.h"

namespace odsora_cli {

/// Adds the subcommand to the app, which must live longer; run() after parsing, if it was the one.
class GenerateCommand {
 public:
  explicit GenerateCommand(CLI::App& app);

  bool chosen() const { return command_->parsed(); }
  /// → the exit code. Throws odsora::Error.
  int run();

 private:
  int generate(const odsora::Request& request, ProgressPrinter& printer);

  CLI::App* command_;
  RequestOptions options_;
  std::string output_;
  ProgressStyle progress_ = ProgressStyle::kAuto;
  bool verbose_ = false;
  bool explain_ = false;
};

}  // namespace odsora_cli
