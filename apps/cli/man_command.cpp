#include "man_command.h"

#include <iostream>

#include "manual_page.h"
#include "option_table.h"

namespace odsora_cli {
namespace {

constexpr const char* kManExamples = R"(Examples:
  odsora man | man -l -
  odsora man > ~/.local/share/man/man1/odsora.1)";

}  // namespace

ManCommand::ManCommand(CLI::App& app)
    : app_(app), command_(app.add_subcommand("man", "Print the manual page, odsora.1")) {
  command_->footer(kManExamples);
}

int ManCommand::run() const {
  std::cout << manual_page(option_table(app_));
  return 0;
}

}  // namespace odsora_cli
