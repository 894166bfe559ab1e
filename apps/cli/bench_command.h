// odsora bench: how fast this machine runs what videos are made of.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "tools/bench.h"
#include "tools/bench_job.h"

namespace odsora_cli {

/// Adds the subcommand to the app, which must live longer; run() after parsing, if it was the one.
class BenchCommand {
 public:
  explicit BenchCommand(CLI::App& app);

  bool chosen() const { return command_->parsed(); }
  /// → the exit code. Throws odsora::Error.
  int run();

 private:
  void run_cases(std::vector<std::string> cases);
  /// False: interrupted.
  bool run_jobs(const std::vector<odsora::BenchJob>& jobs) const;

  CLI::App* command_;
  odsora::BenchOptions options_;
  std::vector<std::string> wanted_;
  std::string model_;
  std::string memory_limit_;
  bool json_ = false;
};

}  // namespace odsora_cli
