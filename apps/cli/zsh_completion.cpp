#include "zsh_completion.h"

#include <sstream>

#include "shell_text.h"

namespace odsora_cli {
namespace {

constexpr const char* kZshHead = R"(#compdef odsora
# Completion of odsora for zsh, made by `odsora completion zsh`. Put it as _odsora into a folder of $fpath, or source it
# after compinit.

# Words, and names on disk: $1 is -/ for folders only.
_odsora_words_and_paths() {
  compadd -- "${@:2}"
  _files ${1:#any}
}

_odsora() {
  local curcontext=$curcontext state line
  typeset -A opt_args
)";

constexpr const char* kTail = R"(    esac
    ;;
  esac
}

if [[ $funcstack[1] == _odsora ]]; then
  _odsora "$@"
else
  compdef _odsora odsora
fi
)";

std::string escaped(const std::string& text, const std::string& letters) {
  std::string result;
  for (const char letter : text) {
    if (letter == '\\' || letters.find(letter) != std::string::npos) result += '\\';
    result += letter;
  }
  return result;
}

std::string escaped_words(const std::vector<std::string>& words) {
  std::string list;
  for (const std::string& word : words) list += (list.empty() ? "" : " ") + escaped(word, ": ()[]{}'\"$&;<>*?#~|`!^=");
  return list;
}

// ":MESSAGE:ACTION" of _arguments.
std::string value_spec(const OptionEntry& option) {
  const std::string what = option.place.empty() ? option.value : option.place;
  const std::string words = escaped_words(option.choices());
  const bool on_disk = option.takes_file() || option.takes_folder();
  const std::string paths = option.takes_file() ? "any" : "-/";
  std::string action = " ";  // nothing is known, so only the message is shown
  if (on_disk && !words.empty()) {
    action = " _odsora_words_and_paths " + paths + ' ' + words;
  } else if (on_disk) {
    action = option.takes_file() ? "_files" : "_files -/";
  } else if (!words.empty()) {
    action = '(' + words + ')';
  }
  return ':' + escaped(what, ":") + ':' + action;
}

// The arguments of _arguments for one option, or for the place-th argument.
std::vector<std::string> specs(const OptionEntry& option, int place) {
  if (option.names.empty()) return {(option.repeated ? "*" : std::to_string(place)) + value_spec(option)};
  std::string both;
  for (const std::string& name : option.names) both += (both.empty() ? "" : " ") + name;
  std::vector<std::string> list;
  for (const std::string& name : option.names) {
    const bool is_long = name.starts_with("--");
    std::string spec = option.repeated ? "*" : '(' + both + ')';
    spec += name;
    if (!option.value.empty()) spec += is_long ? '=' : '+';
    spec += '[' + escaped(option.description, ":[]") + ']';
    if (!option.value.empty()) spec += value_spec(option);
    list.push_back(spec);
  }
  return list;
}

// "_arguments" with everything that may follow, each on a line of its own.
void write_arguments(std::ostream& script, const CommandEntry& command, const std::string& indent) {
  int place = 0;
  for (const OptionEntry& option : command.options) {
    if (option.names.empty()) ++place;
    for (const std::string& spec : specs(option, place)) script << " \\\n" << indent << shell_quoted(spec);
  }
}

}  // namespace

std::string zsh_completion(const OptionTable& table) {
  std::ostringstream script;
  script << kZshHead << "  _arguments -C";
  write_arguments(script, table.program, "    ");
  script << " \\\n    '1: :->command' \\\n    '*:: :->arguments'\n"
            "  case $state in\n  (command)\n    local -a commands=(\n";
  for (const CommandEntry& command : table.commands) {
    script << "      " << shell_quoted(command.name + ':' + escaped(command.description, ":")) << '\n';
  }
  script << "    )\n    _describe command commands\n    ;;\n  (arguments)\n    case $words[1] in\n";
  for (const CommandEntry& command : table.commands) {
    script << "    (" << command.name << ")\n      _arguments -s -S";
    write_arguments(script, command, "        ");
    script << "\n      ;;\n";
  }
  script << kTail;
  return script.str();
}

}  // namespace odsora_cli
