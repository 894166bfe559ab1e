// Every subcommand and option of the program as data, read from the parser itself: what completion and the manual page
// are made of.
//
// An option's type name says what may follow it: words with | between them. A word with a capital letter stands for
// what the user writes, and FILE and FOLDER are names on disk; any other word is a choice as it is:
//
//   FILE      off|auto|authors|N      FOLDER|MODEL      144p|240p
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace odsora_cli {

struct OptionEntry {
  std::vector<std::string> names;  // "--prompt", "-p", the long ones first; none: it is given by its place
  std::string place;               // the name of such a one
  std::string value;               // the type name; empty: a flag
  std::string description;
  std::string group;                          // the heading in --help
  std::vector<std::string> needed, excluded;  // other options: it goes only with these, and not with those
  bool required = false;
  bool repeated = false;  // takes any number of values

  /// Of the value.
  std::vector<std::string> choices() const;
  bool takes_file() const;
  bool takes_folder() const;
};

struct CommandEntry {
  std::string name;
  std::string description;
  std::string footer;  // further text, at the end "Examples:" and a line for each
  std::vector<OptionEntry> options = {};
};

struct OptionTable {
  CommandEntry program;  // its own options
  std::vector<CommandEntry> commands = {};
};

/// Without those that --help hides.
OptionTable option_table(const CLI::App& program);

}  // namespace odsora_cli
