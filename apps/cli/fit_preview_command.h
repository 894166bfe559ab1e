// odsora fit-preview: the colours of a model's previews, for its odsora.json.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace odsora_cli {

/// Adds the subcommand to the app, which must live longer; run() after parsing, if it was the one.
class FitPreviewCommand {
 public:
  explicit FitPreviewCommand(CLI::App& app);

  bool chosen() const { return command_->parsed(); }
  /// → the exit code. Throws odsora::Error.
  int run() const;

 private:
  CLI::App* command_;
  std::string model_;
  std::vector<std::string> videos_;
  int threads_ = 0;
};

}  // namespace odsora_cli
