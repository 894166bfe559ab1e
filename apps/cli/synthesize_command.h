// odsora synthesize: a model of random weights, to try memory and speed without a download.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "tools/synthesize.h"

namespace odsora_cli {

/// Adds the subcommand to the app, which must live longer; run() after parsing, if it was chosen.
class SynthesizeCommand {
 public:
  explicit SynthesizeCommand(CLI::App& app);

  bool chosen() const { return command_->parsed(); }

  /// → the exit code. Throws odsora::Error.
  int run();

 private:
  CLI::App* command_;
  odsora::SynthesisOptions options_;
  std::string folder_;
  std::string like_;
  std::string dtype_ = "bf16";
};

}  // namespace odsora_cli
