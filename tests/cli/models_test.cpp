// odsora models as a user types it, and --model with a name.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "find_model.h"
#include "support/environment_variable.h"
#include "support/expect_error.h"
#include "support/linked_model.h"
#include "support/program.h"

namespace odsora {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;

// None but the shipped model is found, unless a test puts some into its folders.
class Models : public testing::Test {
 protected:
  fs::path below(const char* name) const { return listed_.path() / name; }
  fs::path installed(const char* name) const { return home_.path() / ".local" / "share" / "odsora" / "models" / name; }

  TemporaryFolder listed_;
  TemporaryFolder home_;
  EnvironmentVariable models_{"ODSORA_MODELS", ("/nowhere::" + listed_.path().string()).c_str()};
  EnvironmentVariable home_variable_{"HOME", home_.path().c_str()};
  EnvironmentVariable data_home_{"XDG_DATA_HOME", nullptr};
};

nlohmann::json listing(const std::vector<std::string>& more = {}) {
  const Finished finished = Program(with({"models", "--json"}, more)).wait();
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_EQ(finished.err, "");
  return nlohmann::json::parse(finished.out);
}

std::vector<std::string> names_in(const nlohmann::json& list) {
  std::vector<std::string> names;
  for (const nlohmann::json& model : list) names.push_back(model.at("name"));
  return names;
}

std::vector<std::string> found_folders() {
  std::vector<std::string> names;
  for (const fs::path& folder : odsora_cli::found_models()) names.push_back(folder.filename());
  return names;
}

TEST_F(Models, TellsWhatTheShippedOneNeeds) {
  const nlohmann::json list = listing();
  ASSERT_EQ(list.size(), 1U);
  const nlohmann::json& model = list[0];
  EXPECT_EQ(model.at("name"), "emoji-world");
  EXPECT_THAT(model.at("folder").get<std::string>(), EndsWith("/models/emoji-world"));
  EXPECT_EQ(model.at("width"), 128);
  EXPECT_EQ(model.at("height"), 128);
  EXPECT_EQ(model.at("frames"), 34);
  EXPECT_EQ(model.at("fps"), 8);
  EXPECT_GT(model.at("weights_bytes"), 10'000'000);
  EXPECT_TRUE(model.at("fits"));
  EXPECT_GT(model.at("memory_limit"), model.at("least_memory_limit"));
  EXPECT_GT(model.at("least_memory_limit"), 50'000'000);
  EXPECT_GT(model.at("seconds"), 0);
  EXPECT_TRUE(model.at("error").is_null());
}

TEST_F(Models, TellsWhetherALimitSuffices) {
  const nlohmann::json model = listing({"--max-ram", "100M"}).at(0);
  EXPECT_EQ(model.at("memory_limit"), 100'000'000);
  EXPECT_FALSE(model.at("fits"));
  EXPECT_GT(model.at("least_memory_limit"), 100'000'000);
  EXPECT_GT(model.at("seconds"), 0);
  const Finished text = Program({"models", "--max-ram", "100M"}).wait();
  EXPECT_THAT(text.out, HasSubstr("but only 0.10 GB are there; about "));
  expect_refusal({"models", "--max-ram", "much"}, 2, "much");
}

TEST_F(Models, ListsBrokenOnesToo) {
  link_shipped_model(below("good"), "good-world");
  listed_.write("bad/odsora.json", "{");
  listed_.write("empty/transformer/config.json", "{}");
  listed_.write("no-model/readme.txt", "");
  const nlohmann::json list = listing();
  ASSERT_THAT(names_in(list), ElementsAre("emoji-world", "bad", "open-sora-v1.2", "good-world"));
  EXPECT_THAT(list[1].at("error").get<std::string>(), HasSubstr("bad/odsora.json: not valid JSON"));
  EXPECT_TRUE(list[1].at("width").is_null());
  EXPECT_TRUE(list[1].at("fits").is_null());
  EXPECT_THAT(list[2].at("error").get<std::string>(), HasSubstr("empty/tokenizer/spiece.model"));
  EXPECT_EQ(list[3].at("width"), 64);
  EXPECT_EQ(list[3].at("height"), 48);
  EXPECT_EQ(list[3].at("fps"), 12.5);
}

TEST_F(Models, ListsForPeople) {
  listed_.write("bad/odsora.json", "{");
  const Program program({"models"});
  const Finished finished = program.wait();
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_THAT(finished.out, testing::StartsWith("emoji-world  /"));
  EXPECT_THAT(finished.out, HasSubstr("\n  128x128, 34 frames at 8 fps; weights 0."));
  EXPECT_THAT(finished.out, HasSubstr("\nbad  " + below("bad").string() + "\n  cannot be used: "));
  EXPECT_THAT(program.files(), IsEmpty());
}

TEST_F(Models, AreFoundInOrderAndEachOnce) {
  link_shipped_model(below("b"), "second");
  link_shipped_model(below("a"), "first");
  link_shipped_model(installed("c"), "third");
  fs::create_directory_symlink(below("a"), below("z"));
  fs::create_directory_symlink(below("b"), installed("y"));
  EXPECT_THAT(found_folders(), ElementsAre("emoji-world", "a", "b", "c"));
  const EnvironmentVariable data_home("XDG_DATA_HOME", below("data").c_str());
  link_shipped_model(below("data") / "odsora" / "models" / "d", "fourth");
  EXPECT_THAT(found_folders(), ElementsAre("emoji-world", "a", "b", "d"));
}

TEST_F(Models, CanBeNamedByFolder) {
  const TemporaryFolder elsewhere;
  link_shipped_model(elsewhere.path() / "own", "own-world");
  const std::string own = elsewhere.path() / "own";
  EXPECT_THAT(names_in(listing({own, own + "/"})), ElementsAre("emoji-world", "own-world"));
  expect_refusal({"models", elsewhere.path()}, 3,
                 "expected a model folder with transformer/config.json or odsora.json");
  expect_refusal({"models", own, "nowhere"}, 3, "nowhere: expected a model folder with ");
}

TEST_F(Models, ShowsNoCommandsToTheTerminal) {
  link_shipped_model(below("a"), R"(red\u001b[31m\u009b1m\u007f)");
  EXPECT_THAT(names_in(listing()), ElementsAre("emoji-world", "red?[31m?1m?"));
}

TEST_F(Models, AreFoundByTheirNamesOrFolders) {
  link_shipped_model(below("a"), "first");
  listed_.write("b/odsora.json", "{");
  using odsora_cli::find_model_folder;
  EXPECT_THAT(find_model_folder(""), EndsWith("/models/emoji-world"));
  EXPECT_THAT(find_model_folder("emoji-world"), EndsWith("/models/emoji-world"));
  EXPECT_EQ(find_model_folder("first"), below("a"));
  EXPECT_EQ(find_model_folder("a"), below("a"));
  EXPECT_EQ(find_model_folder("b"), below("b"));  // broken, which is for whoever reads it to say
  EXPECT_EQ(find_model_folder("no/such/folder"), "no/such/folder");
  EXPECT_EQ(find_model_folder("."), ".");
  expect_bad_model({"no model c: expected a folder or one of: emoji-world, first, b (odsora models lists them)"},
                   [] { find_model_folder("c"); });
}

TEST_F(Models, TakeANameInOtherCommands) {
  link_shipped_model(below("a"), "first");
  expect_refusal({"bench", "job@1x64x64", "--model", "second"}, 3, "no model second: expected a folder or one of: ");
  const Finished finished = Program({"bench", "job@1x64x64", "--model", "first", "--json"}).wait();
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
}

}  // namespace
}  // namespace odsora
