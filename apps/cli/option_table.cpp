#include "option_table.h"

#include <algorithm>
#include <cctype>
#include <set>
#include <sstream>

namespace odsora_cli {
namespace {

bool stands_for_something(const std::string& word) {
  return std::any_of(word.begin(), word.end(), [](unsigned char letter) { return std::isupper(letter) != 0; });
}

std::vector<std::string> words_of(const std::string& type_name) {
  std::vector<std::string> words;
  std::istringstream stream(type_name);
  for (std::string word; std::getline(stream, word, '|');) words.push_back(word);
  return words;
}

bool has_word(const std::string& type_name, const char* wanted) {
  const std::vector<std::string> words = words_of(type_name);
  return std::find(words.begin(), words.end(), wanted) != words.end();
}

// Sorted, since the parser holds them in no order of its own.
std::vector<std::string> names_of(const std::set<CLI::Option*>& options) {
  std::vector<std::string> names;
  for (const CLI::Option* option : options) names.push_back(option->get_name());
  std::sort(names.begin(), names.end());
  return names;
}

OptionEntry entry_of(const CLI::Option& option) {
  OptionEntry entry;
  for (const std::string& name : option.get_lnames()) entry.names.push_back("--" + name);
  for (const std::string& name : option.get_snames()) entry.names.push_back("-" + name);
  if (entry.names.empty()) entry.place = option.get_name(true);
  if (option.get_items_expected_max() > 0) entry.value = option.get_type_name();
  entry.description = option.get_description();
  entry.group = option.get_group();
  entry.needed = names_of(option.get_needs());
  entry.excluded = names_of(option.get_excludes());
  entry.required = option.get_required();
  entry.repeated = option.get_items_expected_max() >= CLI::detail::expected_max_vector_size;
  return entry;
}

CommandEntry entry_of(const CLI::App& command) {
  CommandEntry entry = {
      .name = command.get_name(), .description = command.get_description(), .footer = command.get_footer()};
  for (const CLI::Option* option : command.get_options()) {
    const bool hidden = option->get_group().empty();
    if (!hidden) entry.options.push_back(entry_of(*option));
  }
  return entry;
}

}  // namespace

std::vector<std::string> OptionEntry::choices() const {
  std::vector<std::string> words = words_of(value);
  words.erase(std::remove_if(words.begin(), words.end(), stands_for_something), words.end());
  return words;
}

bool OptionEntry::takes_file() const { return has_word(value, "FILE"); }

bool OptionEntry::takes_folder() const { return has_word(value, "FOLDER"); }

OptionTable option_table(const CLI::App& program) {
  OptionTable table = {.program = entry_of(program)};
  for (const CLI::App* command : program.get_subcommands([](const CLI::App*) { return true; })) {
    const bool hidden = command->get_group().empty();
    if (!hidden) table.commands.push_back(entry_of(*command));
  }
  return table;
}

}  // namespace odsora_cli
