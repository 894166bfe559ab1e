#include "completion_command.h"

#include <iostream>
#include <map>

#include "bash_completion.h"
#include "choice_option.h"
#include "option_table.h"
#include "zsh_completion.h"

namespace odsora_cli {
namespace {

constexpr const char* kCompletionExamples = R"(Examples:
  source <(odsora completion bash)
  odsora completion bash > ~/.local/share/bash-completion/completions/odsora
  odsora completion zsh > ~/.zfunc/_odsora     with ~/.zfunc in $fpath)";

}  // namespace

CompletionCommand::CompletionCommand(CLI::App& app)
    : app_(app),
      command_(app.add_subcommand("completion", "Print a script that lets a shell complete commands and options")) {
  static const std::map<std::string, Shell> kShells = {{"bash", Shell::kBash}, {"zsh", Shell::kZsh}};
  command_->footer(kCompletionExamples);
  add_choice(*command_, "shell", kShells, shell_, "The shell")->required();
}

int CompletionCommand::run() const {
  const OptionTable table = option_table(app_);
  std::cout << (shell_ == Shell::kBash ? bash_completion(table) : zsh_completion(table));
  return 0;
}

}  // namespace odsora_cli
