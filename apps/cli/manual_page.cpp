#include "manual_page.h"

#include <algorithm>
#include <cctype>
#include <sstream>

#include "exit_codes.h"
#include "odsora/odsora.h"

namespace odsora_cli {
namespace {

struct Named {
  const char* name;
  const char* meaning;
};

constexpr const char* kDescription =
    "odsora turns a sentence into a video with the models of Open-Sora v1.2: a T5 text encoder, the denoiser STDiT3 "
    "and "
    "a video VAE. It needs neither GPU nor network, and a small model, emoji-world, comes with it. The weights need "
    "not "
    "fit in memory: they are read from disk block by block while others compute, and --max-ram is the most that the "
    "whole process takes. The same seed gives the same bytes.";

constexpr Named kEnvironment[] = {
    {"ODSORA_MODELS", "Directories, with colons between them, whose folders are looked through for models."},
    {"ODSORA_CACHE_DIR", "Where text embeddings are kept."},
    {"ODSORA_MAX_ISA", "avx2, avx512 or amx: no newer instructions than these are used."},
    {"OMP_WAIT_POLICY", "Whether idle threads sleep. Where it is not set, odsora sets it to passive."},
    {"XDG_CACHE_HOME, XDG_DATA_HOME", "Take the places of ~/.cache and ~/.local/share."}};

constexpr Named kFiles[] = {
    {"~/.cache/odsora", "Text embeddings, at most 256 MB. May be deleted at any time."},
    {"~/.local/share/odsora/models", "A folder for each model, which --model then takes by its name."}};

constexpr const char* kExamplesHeading = "Examples:\n";

// So that the text is printed as it is: none of its characters is a command, and what looks like ASCII can be copied.
std::string escaped(const std::string& text) {
  std::string result;
  bool line_begins = true;
  for (const char letter : text) {
    if (line_begins && (letter == '.' || letter == '\'')) result += "\\&";
    line_begins = letter == '\n';
    switch (letter) {
      case '\\': result += "\\e"; break;
      case '-': result += "\\-"; break;
      case '\'': result += "\\(aq"; break;
      case '`': result += "\\(ga"; break;
      case '^': result += "\\(ha"; break;
      case '~': result += "\\(ti"; break;
      case '|': result += "|\\:"; break;  // a line may end behind it: some options have many choices
      default: result += letter;
    }
  }
  return result;
}

std::string bold(const std::string& text) { return "\\fB" + escaped(text) + "\\fR"; }
std::string italic(const std::string& text) { return "\\fI" + escaped(text) + "\\fR"; }

std::string upper_case(std::string text) {
  for (char& letter : text) letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
  return text;
}

void write_section(std::ostream& page, const std::string& title) {
  page << ".SH \"" << escaped(upper_case(title)) << "\"\n";
}

// The text before "Examples:" and the lines behind it; a footer may lack either.
struct Footer {
  std::string text;
  std::string examples = {};
};

Footer parts_of(const std::string& footer) {
  const size_t place = footer.find(kExamplesHeading);
  if (place == std::string::npos) return {.text = footer};
  return {.text = footer.substr(0, place),
          .examples = footer.substr(place + std::char_traits<char>::length(kExamplesHeading))};
}

// "-p, --prompt TEXT".
std::string heading(const OptionEntry& option) {
  std::string text;
  for (auto name = option.names.rbegin(); name != option.names.rend(); ++name) {
    text += (text.empty() ? "" : ", ") + bold(*name);
  }
  if (option.names.empty()) return italic(option.place);
  return option.value.empty() ? text : text + ' ' + italic(option.value);
}

std::string listed(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ", ") + bold(name);
  return list;
}

void write_option(std::ostream& page, const OptionEntry& option) {
  page << ".TP\n" << heading(option) << '\n' << escaped(option.description) << ".\n";
  if (option.names.empty() && !option.choices().empty()) page << "One of " << listed(option.choices()) << ".\n";
  if (option.required) page << "Required.\n";
  if (!option.needed.empty()) page << "Only with " << listed(option.needed) << ".\n";
  if (!option.excluded.empty()) page << "Not with " << listed(option.excluded) << ".\n";
}

// Group by group as --help has them; the first one needs no heading.
void write_options(std::ostream& page, const CommandEntry& command) {
  std::vector<std::string> groups;
  for (const OptionEntry& option : command.options) {
    if (std::find(groups.begin(), groups.end(), option.group) == groups.end()) groups.push_back(option.group);
  }
  for (const std::string& group : groups) {
    if (group != groups.front()) page << ".SS \"" << escaped(group) << "\"\n";
    for (const OptionEntry& option : command.options) {
      if (option.group == group) write_option(page, option);
    }
  }
}

// Lines as they are.
void write_verbatim(std::ostream& page, const std::string& lines) {
  page << ".EX\n" << escaped(lines) << (lines.ends_with('\n') ? "" : "\n") << ".EE\n";
}

void write_paragraphs(std::ostream& page, const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) page << (line.empty() ? ".PP" : escaped(line)) << '\n';
}

// "odsora synthesize [OPTION...] folder": what must be given, and that there is more.
void write_synopsis(std::ostream& page, const std::string& program, const CommandEntry& command) {
  std::string must, may, places;
  for (const OptionEntry& option : command.options) {
    if (option.names.empty()) {
      const std::string place = italic(option.place) + (option.repeated ? "..." : "");
      places += ' ' + (option.required ? place : '[' + place + ']');
    } else if (option.required) {
      must += ' ' + bold(option.names.front()) + ' ' + italic(option.value);
    } else {
      may = " [" + italic("OPTION") + "...]";
    }
  }
  page << bold(program + ' ' + command.name) << must << may << places << "\n.br\n";
}

void write_command(std::ostream& page, const std::string& program, const CommandEntry& command) {
  write_section(page, program + ' ' + command.name);
  page << escaped(command.description) << ".\n";
  const std::string text = parts_of(command.footer).text;
  if (!text.empty()) {
    page << ".PP\n";
    write_paragraphs(page, text);
  }
  write_options(page, command);
}

template <typename Table>
void write_names(std::ostream& page, const char* title, const Table& table) {
  write_section(page, title);
  for (const Named& entry : table) page << ".TP\n" << bold(entry.name) << '\n' << escaped(entry.meaning) << '\n';
}

void write_examples(std::ostream& page, const OptionTable& table) {
  write_section(page, "Examples");
  for (const CommandEntry& command : table.commands) {
    const std::string examples = parts_of(command.footer).examples;
    if (examples.empty()) continue;
    page << ".SS \"" << escaped(command.name) << "\"\n";
    write_verbatim(page, examples);
  }
}

}  // namespace

std::string manual_page(const OptionTable& table) {
  const std::string& program = table.program.name;
  std::ostringstream page;
  page << ".TH " << upper_case(program) << " 1 \"\" \"" << escaped(program + ' ' + odsora::version())
       << "\" \"User Commands\"\n";
  write_section(page, "Name");
  page << program << " \\- text to video on a machine with little memory\n";
  write_section(page, "Synopsis");
  for (const CommandEntry& command : table.commands) write_synopsis(page, program, command);
  write_section(page, "Description");
  page << escaped(kDescription) << '\n';
  write_section(page, "Options");
  write_options(page, table.program);
  for (const CommandEntry& command : table.commands) write_command(page, program, command);
  write_section(page, "Exit status");
  for (const ExitCode& exit : kExitCodes) page << ".TP\n" << exit.code << '\n' << escaped(exit.meaning) << ".\n";
  write_names(page, "Environment", kEnvironment);
  write_names(page, "Files", kFiles);
  write_examples(page, table);
  return page.str();
}

}  // namespace odsora_cli
