// The options that say what to make and with which means; several subcommands have them.
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

  /// What the command line gave, with the shipped model where it named none. Throws odsora::Error.
  odsora::EngineOptions engine() const;
  odsora::Request request() const;

 private:
  odsora::EngineOptions engine_;
  odsora::Request request_;  // but for leaps and merging, which are absent unless their options are given
  odsora::Leap leap_;
  odsora::TokenMerging merging_;
  std::array<CLI::Option*, 2> lpl_or_leaps_{};
  CLI::Option* tdtm_ = nullptr;
  std::string memory_limit_;
  std::string throttle_;
};

}  // namespace odsora_cli
