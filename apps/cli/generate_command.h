// odsora generate: sentences become video files.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "engine_options.h"
#include "progress_options.h"
#include "request_options.h"
#include "video_jobs.h"

namespace odsora_cli {

/// Adds the subcommand to the app, which must live longer; run() after parsing, if it was the one.
class GenerateCommand {
 public:
  explicit GenerateCommand(CLI::App& app);

  bool chosen() const { return command_->parsed(); }
  /// → the exit code. Throws odsora::Error.
  int run();

 private:
  int generate(ProgressPrinter& printer) const;
  void check_prompt() const;
  std::vector<VideoJob> jobs(odsora::Engine& engine) const;

  CLI::App* command_;
  RequestOptions request_;
  EngineOptions engine_;
  odsora::OutputFile output_;
  std::string prompt_file_;
  int count_ = 1;
  ProgressOptions progress_;
  bool explain_ = false;
};

}  // namespace odsora_cli
