// An option whose value is one of a few words.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <string>

namespace odsora_cli {

/// The map's keys as a type name, "auto|bf16|f32", from which --help, completion and the manual page have them
/// (option_table.h).
template <typename Value>
std::string choice_words(const std::map<std::string, Value>& values) {
  std::string words;
  for (const auto& [word, value] : values) words += (words.empty() ? "" : "|") + word;
  return words;
}

/// The value must be one of the map's keys, and the error names them.
template <typename Value>
CLI::Validator one_of(const std::map<std::string, Value>& values) {
  return CLI::IsMember(&values).description("");
}

/// The option's value is one of the map's keys.
template <typename Value, typename Target>
CLI::Option* add_choice(CLI::App& command, const std::string& names, const std::map<std::string, Value>& values,
                        Target& target, const std::string& description) {
  return command
      .add_option_function<std::string>(
          names, [&values, &target](const std::string& key) { target = values.at(key); }, description)
      ->type_name(choice_words(values))
      ->check(one_of(values));
}

}  // namespace odsora_cli
