// odsora man: everything is in it, and it is roff.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <set>

#include "manual_page.h"
#include "support/program.h"
#include "support/shell.h"

namespace odsora {
namespace {

using testing::HasSubstr;

std::string output_of(const std::vector<std::string>& arguments) {
  const Finished finished = Program(arguments).wait();
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  return finished.out;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

// The first group of every match.
std::vector<std::string> matches(const std::string& text, const char* pattern) {
  const std::regex expression(pattern);
  std::vector<std::string> found;
  for (std::sregex_iterator match(text.begin(), text.end(), expression), end; match != end; ++match) {
    found.push_back((*match)[1]);
  }
  return found;
}

std::string with_minus_signs(const std::string& name) { return std::regex_replace(name, std::regex("-"), "\\-"); }

// From its heading to the next one; empty where there is none.
std::string section(const std::string& page, const std::string& title) {
  const size_t begin = page.find(".SH \"" + title + "\"\n");
  if (begin == std::string::npos) return "";
  return page.substr(begin, page.find("\n.SH ", begin) - begin);
}

TEST(Man, HasEveryOptionOfEveryCommand) {
  const std::string page = output_of({"man"});
  const std::string help = output_of({"--help"});
  const auto commands = matches(help.substr(help.find("Subcommands:")), "\n  ([a-z]+) ");
  ASSERT_GE(commands.size(), 8U);
  for (std::string command : commands) {
    const auto options = matches(output_of({command, "--help"}), "\n  (?:-.,)?(--[a-z-]+)");
    ASSERT_FALSE(options.empty()) << command;
    for (char& letter : command) letter = static_cast<char>(std::toupper(letter));
    const std::string text = section(page, "ODSORA " + command);
    for (const std::string& option : options) {
      EXPECT_THAT(text, HasSubstr("\\fB" + with_minus_signs(option) + "\\fR")) << command;
    }
  }
}

TEST(Man, HasTheUsualSectionsInOrder) {
  const auto titles = matches(output_of({"man"}), "\n\\.SH \"([^\"]*)\"");
  ASSERT_GE(titles.size(), 12U);
  EXPECT_EQ((std::vector<std::string>(titles.begin(), titles.begin() + 5)),
            (std::vector<std::string>{"NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "ODSORA GENERATE"}));
  EXPECT_EQ((std::vector<std::string>(titles.end() - 4, titles.end())),
            (std::vector<std::string>{"EXIT STATUS", "ENVIRONMENT", "FILES", "EXAMPLES"}));
}

TEST(Man, TellsWhatTheRestOfTheProgramKnows) {
  const std::string page = output_of({"man"});
  EXPECT_THAT(page, testing::StartsWith(".TH ODSORA 1 \"\" \"odsora "));
  EXPECT_THAT(section(page, "NAME"), HasSubstr("odsora \\- text to video"));
  EXPECT_THAT(section(page, "SYNOPSIS"), HasSubstr("\\fBodsora plan\\fR \\fB\\-\\-prompt\\fR \\fI"));
  EXPECT_THAT(section(page, "EXIT STATUS"), HasSubstr(".TP\n6\ndoes not fit the memory limit.\n"));
  EXPECT_THAT(section(page, "ENVIRONMENT"), HasSubstr("\\fBODSORA_MODELS\\fR"));
  EXPECT_THAT(section(page, "EXAMPLES"), HasSubstr("  odsora generate \\-p \"a rocket rising over a city at night\""));
  EXPECT_THAT(section(page, "ODSORA BENCH"), HasSubstr("Cases are named model.what@sizes"));
  EXPECT_THAT(section(page, "ODSORA GENERATE"), HasSubstr("Not with \\fB\\-\\-lpl\\fR."));
}

TEST(Man, IsRoff) {
  const std::string page = output_of({"man"});
  const std::set<std::string> known = {".TH", ".SH", ".SS", ".TP", ".PP", ".EX", ".EE", ".br"};
  for (const std::string& line : lines_of(page)) {
    EXPECT_TRUE(!line.starts_with('.') || known.contains(line.substr(0, line.find(' ')))) << line;
    EXPECT_FALSE(line.starts_with('\'')) << line;
    const std::string rest = std::regex_replace(line, std::regex(R"(\\(-|&|e|:|f[BIR]|\((aq|ga|ha|ti)))"), "");
    EXPECT_EQ(rest.find('\\'), std::string::npos) << line;
    EXPECT_EQ(rest.find('-'), std::string::npos) << line;
  }
  if (!is_installed("groff")) GTEST_SKIP() << "groff is not installed";
  EXPECT_EQ(run_script("groff -man -Tutf8 -ww -z", page).out, "");
}

TEST(Man, EscapesWhatRoffWouldTake) {
  odsora_cli::OptionTable table;
  table.program.name = "odsora";
  table.commands.push_back({.name = "odd",
                            .description = ".SH is no heading",
                            .footer = "'quoted' \\n and ~/x^2 `y`\n.TH\n\nExamples:\n.first\n'second\n"});
  const std::string page = odsora_cli::manual_page(table);
  EXPECT_THAT(page, HasSubstr("\n\\&.SH is no heading.\n"));
  EXPECT_THAT(page, HasSubstr("\n\\&\\(aqquoted\\(aq \\en and \\(ti/x\\(ha2 \\(gay\\(ga\n\\&.TH\n"));
  EXPECT_THAT(page, HasSubstr("\n.EX\n\\&.first\n\\&\\(aqsecond\n.EE\n"));
}

}  // namespace
}  // namespace odsora
