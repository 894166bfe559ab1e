// The options that say what to make; several subcommands have them.
#pragma once

#include <CLI/CLI.hpp>
#include <array>
#include <string>

#include "odsora/odsora.h"

namespace odsora_cli {

class RequestOptions {
 public:
  /// Adds them to a subcommand, which must live as long as this.
  explicit RequestOptions(CLI::App& command);
  RequestOptions(const RequestOptions&) = delete;
  RequestOptions& operator=(const RequestOptions&) = delete;

  CLI::Option& prompt() { return *prompt_; }
  const CLI::Option& prompt() const { return *prompt_; }

  /// What the command line gave. Throws odsora::Error.
  odsora::Request request() const;

 private:
  void add_prompt_options(CLI::App& command);
  void add_size_options(CLI::App& command);
  void add_given_options(CLI::App& command);

  odsora::Request request_;  // but for leaps and merging, which are absent unless their options are given
  odsora::Leap leap_;
  odsora::TokenMerging merging_;
  std::array<CLI::Option*, 2> lpl_or_leaps_{};
  CLI::Option* prompt_ = nullptr;
  CLI::Option* tdtm_ = nullptr;
  std::string resolution_;
  std::string aspect_ratio_ = "9:16";
};

}  // namespace odsora_cli
