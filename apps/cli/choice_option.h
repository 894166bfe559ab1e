// An option whose value is one of a few words.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <string>

namespace odsora_cli {

/// The option's value must be one of the map's keys, and the error names them.
template <typename Value, typename Target>
CLI::Option* add_choice(CLI::App& command, const std::string& names, const std::map<std::string, Value>& values,
                        Target& target, const std::string& description) {
  return command
      .add_option_function<std::string>(
          names, [&values, &target](const std::string& key) { target = values.at(key); }, description)
      ->check(CLI::IsMember(&values));
}

}  // namespace odsora_cli
