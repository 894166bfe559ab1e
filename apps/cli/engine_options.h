// The options that say with which means to work; several subcommands have them.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "odsora/odsora.h"

namespace odsora_cli {

class EngineOptions {
 public:
  /// Adds them to a subcommand, which must live as long as this.
  explicit EngineOptions(CLI::App& command);
  EngineOptions(const EngineOptions&) = delete;
  EngineOptions& operator=(const EngineOptions&) = delete;

  /// Adds --precision as well, where it is not known already what to make.
  void add_precision(CLI::App& command);

  /// What the command line gave, with this model, by its name, where it named none; empty is the shipped one. Throws
  /// odsora::Error.
  odsora::EngineOptions get(const std::string& model = "") const;

  /// The same for what a recipe says: its precision, and its very model.
  odsora::EngineOptions for_recipe(const odsora::Recipe& recipe, const std::string& model) const;

 private:
  odsora::EngineOptions engine_;
  std::string model_;
  std::string memory_limit_;
  std::string throttle_;
};

}  // namespace odsora_cli
