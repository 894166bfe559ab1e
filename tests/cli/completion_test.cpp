// odsora completion, tried in a real bash, and what it makes of any options.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "bash_completion.h"
#include "option_table.h"
#include "support/program.h"
#include "support/shell.h"
#include "support/temporary_folder.h"
#include "zsh_completion.h"

namespace odsora {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;
using testing::UnorderedElementsAre;
using Words = std::vector<std::string>;

std::string printed_for(const std::string& shell) {
  const Finished finished = Program({"completion", shell}).wait();
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_EQ(finished.err, "");
  return finished.out;
}

// COMPREPLY after a tab behind the last word, where bash has split the line into these, in this folder.
Words offered(const std::string& completion, const Words& words, const std::filesystem::path& folder = "/") {
  std::string script = completion + "\ncd '" + folder.string() + "'\nCOMP_WORDS=(";
  for (const std::string& word : words) script += "'" + word + "' ";
  script += ") COMP_CWORD=" + std::to_string(words.size() - 1) +
            "\n_odsora\n"
            "((${#COMPREPLY[@]})) && printf '%s\\n' \"${COMPREPLY[@]}\"\nexit 0\n";
  const ShellResult result = run_script("bash --norc --noprofile", script);
  EXPECT_EQ(result.exit_code, 0) << result.out;
  std::istringstream lines(result.out);
  Words offers;
  for (std::string line; std::getline(lines, line);) offers.push_back(line);
  return offers;
}

// A program with one option of each kind.
class AnyProgram {
 public:
  AnyProgram() {
    CLI::App* const make = program_.add_subcommand("make", "Make it: now");
    make->add_option("-t,--trace", text_, "Where it's written [off]")->type_name("FILE");
    make->add_option("--into", text_, "A folder")->type_name("FOLDER");
    make->add_option("--ratio", text_, "Its shape")->type_name("9:16|16:9|1:1|H:W");
    make->add_option("--like", text_, "As that")->type_name("FOLDER|usual");
    make->add_flag("-v,--verbose", flag_, "Say more");
    make->add_option("--hidden", text_, "Of no use")->group("");
    make->add_option("colours", list_, "What colours")->type_name("red|green|COLOUR");
  }
  odsora_cli::OptionTable table() const { return odsora_cli::option_table(program_); }
  std::string bash() const { return odsora_cli::bash_completion(table()); }

 private:
  CLI::App program_{"Anything", "odsora"};
  std::string text_;
  Words list_;
  bool flag_ = false;
};

TEST(OptionTable, KnowsWhatFollowsAnOption) {
  const odsora_cli::OptionTable table = AnyProgram().table();
  EXPECT_EQ(table.program.name, "odsora");
  ASSERT_EQ(table.commands.size(), 1U);
  const auto& options = table.commands[0].options;
  ASSERT_EQ(options.size(), 7U);  // --help is the first, --hidden is left out
  EXPECT_THAT(options[1].names, ElementsAre("--trace", "-t"));
  EXPECT_TRUE(options[1].takes_file());
  EXPECT_FALSE(options[1].takes_folder());
  EXPECT_THAT(options[1].choices(), IsEmpty());
  EXPECT_THAT(options[3].choices(), ElementsAre("9:16", "16:9", "1:1"));
  EXPECT_TRUE(options[4].takes_folder());
  EXPECT_THAT(options[4].choices(), ElementsAre("usual"));
  EXPECT_EQ(options[5].value, "");
  EXPECT_EQ(options[6].place, "colours");
  EXPECT_TRUE(options[6].repeated);
}

TEST(Completion, OffersCommands) {
  const std::string script = printed_for("bash");
  EXPECT_THAT(offered(script, {"odsora", ""}), IsSupersetOf({"generate", "plan", "models", "completion", "man"}));
  EXPECT_THAT(offered(script, {"odsora", "ge"}), ElementsAre("generate"));
  EXPECT_THAT(offered(script, {"odsora", "--v"}), ElementsAre("--version"));
}

TEST(Completion, OffersOptionsOfTheCommand) {
  const std::string script = printed_for("bash");
  EXPECT_THAT(offered(script, {"odsora", "generate", "-"}), IsSupersetOf({"--prompt", "-p", "--preset", "--explain"}));
  EXPECT_THAT(offered(script, {"odsora", "generate", "-p", "a red apple", "--pre"}), Contains("--preset"));
  EXPECT_THAT(offered(script, {"odsora", "devices", ""}), UnorderedElementsAre("--help", "-h", "--json"));
  EXPECT_THAT(offered(script, {"odsora", "plan", "--expl"}), IsEmpty());
}

TEST(Completion, OffersChoices) {
  const std::string script = printed_for("bash");
  EXPECT_THAT(offered(script, {"odsora", "generate", "--preset", ""}),
              UnorderedElementsAre("exact", "balanced", "fast", "draft"));
  EXPECT_THAT(offered(script, {"odsora", "generate", "--preset", "f"}), ElementsAre("fast"));
  EXPECT_THAT(offered(script, {"odsora", "generate", "--preset", "=", "f"}), ElementsAre("fast"));
  EXPECT_THAT(offered(script, {"odsora", "generate", "--preset", "="}), Contains("draft"));
  EXPECT_THAT(offered(script, {"odsora", "generate", "--preset=f"}), ElementsAre("--preset=fast"));
  EXPECT_THAT(offered(script, {"odsora", "completion", ""}), ElementsAre("bash", "zsh"));
}

TEST(Completion, OffersNothingWhereAWordIsFree) {
  const std::string script = printed_for("bash");
  EXPECT_THAT(offered(script, {"odsora", "generate", "-p", ""}), IsEmpty());
  EXPECT_THAT(offered(script, {"odsora", "generate", "-p", "--pre"}), IsEmpty());
  EXPECT_THAT(offered(script, {"odsora", "nonsense", "--pre"}), IsEmpty());
}

TEST(Completion, OffersNamesOnDisk) {
  const TemporaryFolder folder;
  folder.write("trace one.json", "");
  folder.write("traces/in.json", "");
  const std::string script = AnyProgram().bash();
  const auto in_folder = [&](const Words& words) { return offered(script, words, folder.path()); };
  EXPECT_THAT(in_folder({"odsora", "make", "--trace", "tr"}), UnorderedElementsAre("trace one.json", "traces"));
  EXPECT_THAT(in_folder({"odsora", "make", "-t", "traces/"}), ElementsAre("traces/in.json"));
  EXPECT_THAT(in_folder({"odsora", "make", "--trace", "=", "trace "}), ElementsAre("trace one.json"));
  EXPECT_THAT(in_folder({"odsora", "make", "--trace", "\"trace "}), ElementsAre("trace one.json"));
  EXPECT_THAT(in_folder({"odsora", "make", "--trace", "trace\\ o"}), ElementsAre("trace one.json"));
  EXPECT_THAT(in_folder({"odsora", "make", "--into", ""}), ElementsAre("traces"));
  EXPECT_THAT(in_folder({"odsora", "make", "--like", ""}), UnorderedElementsAre("usual", "traces"));
  EXPECT_THAT(offered(printed_for("bash"), {"odsora", "models", ""}, folder.path()), ElementsAre("traces"));
}

TEST(Completion, SeesThatBashSplitsAtColons) {
  const std::string script = AnyProgram().bash();
  EXPECT_THAT(offered(script, {"odsora", "make", "--ratio", ""}), UnorderedElementsAre("9:16", "16:9", "1:1"));
  EXPECT_THAT(offered(script, {"odsora", "make", "--ratio", "16", ":"}), ElementsAre("9"));
  EXPECT_THAT(offered(script, {"odsora", "make", "--ratio", "=", "9", ":", "1"}), ElementsAre("16"));
  EXPECT_THAT(offered(script, {"odsora", "make", "--ratio", "16", ":", "9", "--verb"}), ElementsAre("--verbose"));
}

TEST(Completion, OffersArguments) {
  const std::string script = AnyProgram().bash();
  EXPECT_THAT(offered(script, {"odsora", "make", "-v", ""}), ElementsAre("red", "green"));
  EXPECT_THAT(offered(script, {"odsora", "make", "red", "g"}), ElementsAre("green"));
  EXPECT_THAT(offered(script, {"odsora", "make", "--"}), Not(Contains("--hidden")));
}

TEST(Completion, WritesSpecificationsForZsh) {
  const std::string script = odsora_cli::zsh_completion(AnyProgram().table());
  EXPECT_THAT(script, testing::StartsWith("#compdef odsora\n"));
  for (const char* line :
       {R"(      'make:Make it\: now')", R"('(--trace -t)--trace=[Where it'\''s written \[off\]]:FILE:_files')",
        R"('(--trace -t)-t+[Where it'\''s written \[off\]]:FILE:_files')",
        R"('(--into)--into=[A folder]:FOLDER:_files -/')",
        R"('(--ratio)--ratio=[Its shape]:9\:16|16\:9|1\:1|H\:W:(9\:16 16\:9 1\:1)')",
        R"('(--like)--like=[As that]:FOLDER|usual: _odsora_words_and_paths -/ usual')",
        R"('(--verbose -v)-v[Say more]')", R"('*:colours:(red green)')"}) {
    EXPECT_THAT(script, HasSubstr(line));
  }
  EXPECT_THAT(script, Not(HasSubstr("--hidden")));
}

TEST(Completion, CanBeReadByBash) { EXPECT_EQ(run_script("bash -n", printed_for("bash")).out, ""); }

TEST(Completion, CanBeReadByZsh) {
  const std::string for_zsh = printed_for("zsh");
  EXPECT_THAT(for_zsh, HasSubstr("'(--output -o)-o+["));
  if (!is_installed("zsh")) GTEST_SKIP() << "zsh is not installed";
  EXPECT_EQ(run_script("zsh -n", for_zsh).out, "");
}

TEST(Completion, RefusesOtherShells) {
  expect_refusal({"completion", "fish"}, 2, "fish not in {bash,zsh}");
  expect_refusal({"completion"}, 2, "shell");
}

}  // namespace
}  // namespace odsora
