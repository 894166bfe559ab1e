#include "bash_completion.h"

#include <sstream>

#include "shell_text.h"

namespace odsora_cli {
namespace {

constexpr const char* kBashHead =
    R"(# Completion of odsora for bash, made by `odsora completion bash`. Source it, or put it into
# ~/.local/share/bash-completion/completions/odsora.

)";

// Bash hands over words that are split at = and : as well, and replaces only the last piece. So pieces are put together
// first, and what offers share with the pieces before the last is cut off them at the end. Words come as they were
// typed, with quotes and backslashes, which bash puts into names on disk again.
constexpr const char* kFunction = R"(_odsora() {
  local -a words=() choices=() names=() offers=()
  local command= option= head= takes= paths= piece= joined= word= count=-1 i
  COMPREPLY=()
  for ((i = 0; i <= COMP_CWORD; i++)); do
    piece=${COMP_WORDS[i]}
    if [[ $piece && $piece != *[!=:]* ]]; then
      words[count]+=$piece joined=1
    elif [[ $joined ]]; then
      words[count]+=$piece joined=
    else
      words[++count]=$piece
    fi
  done
  local current=${words[count]} last=${COMP_WORDS[COMP_CWORD]}
  [[ $joined ]] && last=
  current=${current#[\"\']} current=${current//\\/}
  last=${last#[\"\']} last=${last//\\/}
  local before=${current%"$last"}
  for ((i = 1; i < count; i++)); do
    word=${words[i]}
    if [[ $option ]]; then
      option=
    elif [[ $word == -*=* ]]; then
      continue
    elif [[ $word == -* ]]; then
      _odsora_value "$command" "$word"
      [[ $takes ]] && option=$word
    elif [[ ! $command ]]; then
      command=$word
    fi
  done
  local value=$current
  if [[ ! $option && $current == --*=* ]]; then
    option=${current%%=*} value=${current#*=} head=$option=
  fi
  _odsora_names "$command"
  if [[ ! $option && $current == -* ]]; then
    offers=("${names[@]}")
  else
    _odsora_value "$command" "$option"
    for word in "${choices[@]}"; do offers+=("$head$word"); done
    if [[ $paths ]]; then
      while IFS= read -r word; do offers+=("$head$word"); done < <(compgen -"$paths" -- "$value")
      compopt -o filenames 2>/dev/null
    elif [[ ! $option && ! $current && ${#offers[@]} == 0 ]]; then
      offers=("${names[@]}")
    fi
  fi
  for word in "${offers[@]}"; do
    [[ $word == "$current"* ]] && COMPREPLY+=("${word#"$before"}")
  done
  return 0
}

complete -F _odsora odsora
)";

// One arm of the case in _odsora_value.
void write_value(std::ostream& script, const std::string& command, const OptionEntry& option) {
  std::string patterns;
  for (const std::string& name : option.names) {
    patterns += (patterns.empty() ? "" : " | ") + shell_quoted(command + ' ' + name);
  }
  if (patterns.empty()) patterns = shell_quoted(command + ' ');
  script << "  " << patterns << ") takes=1";
  if (!option.choices().empty()) script << " choices=(" << shell_quoted(option.choices()) << ')';
  if (option.takes_file()) {
    script << " paths=f";
  } else if (option.takes_folder()) {
    script << " paths=d";
  }
  script << " ;;\n";
}

void write_values(std::ostream& script, const OptionTable& table) {
  script << "# What follows option $2 of command $1, or its arguments where $2 is empty.\n"
            "_odsora_value() {\n  takes= paths= choices=()\n  case \"$1 $2\" in\n";
  std::vector<std::string> commands;
  for (const CommandEntry& command : table.commands) commands.push_back(command.name);
  script << "  ' ') choices=(" << shell_quoted(commands) << ") ;;\n";
  for (const CommandEntry& command : table.commands) {
    for (const OptionEntry& option : command.options) {
      if (!option.value.empty()) write_value(script, command.name, option);
    }
  }
  script << "  esac\n}\n\n";
}

void write_names(std::ostream& script, const std::string& name, const CommandEntry& command) {
  std::vector<std::string> names;
  for (const OptionEntry& option : command.options) {
    names.insert(names.end(), option.names.begin(), option.names.end());
  }
  script << "  " << shell_quoted(name) << ") names=(" << shell_quoted(names) << ") ;;\n";
}

}  // namespace

std::string bash_completion(const OptionTable& table) {
  std::ostringstream script;
  script << kBashHead;
  write_values(script, table);
  script << "# The options of command $1.\n_odsora_names() {\n  names=()\n  case $1 in\n";
  write_names(script, "", table.program);
  for (const CommandEntry& command : table.commands) write_names(script, command.name, command);
  script << "  esac\n}\n\n" << kFunction;
  return script.str();
}

}  // namespace odsora_cli
