// odsora generate --preview.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/program.h"

namespace odsora {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::vector<std::string> kSmall = {"generate", "-p", "a panda",  "--steps", "3",      "-W", "64",
                                         "-H",       "64", "--frames", "17",      "--seed", "7"};

TEST(Preview, IsAPngAndToldAsAnEvent) {
  const Program program(with(kSmall, {"-o", "clip.gif", "--preview", "look.png", "--progress", "json"}));
  const Finished finished = program.wait();
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_THAT(program.files(), ElementsAre("clip.gif", "look.png"));
  EXPECT_THAT(contents(program.folder() / "look.png"), testing::StartsWith("\x89PNG\r\n"));
  std::vector<int> steps;
  std::istringstream lines(finished.out);
  for (std::string line; std::getline(lines, line);) {
    const nlohmann::json event = nlohmann::json::parse(line);
    if (event.at("event") != "preview") continue;
    EXPECT_EQ(event.at("file"), "look.png");
    EXPECT_EQ(event.at("width"), 5 * 64);
    EXPECT_EQ(event.at("height"), 64);
    steps.push_back(event.at("step"));
  }
  ASSERT_GE(steps.size(), 2U);
  EXPECT_EQ(steps.front(), 1);
  EXPECT_EQ(steps.back(), 3);
}

TEST(Preview, OfSeveralVideosAreNumberedAsTheyAre) {
  const Program program(
      with(kSmall, {"-o", "clip.gif", "--preview", "look.png", "--progress", "none", "--count", "2"}));
  ASSERT_EQ(program.wait().exit_code, 0);
  EXPECT_THAT(program.files(), ElementsAre("clip-7.gif", "clip-8.gif", "look-7.png", "look-8.png"));
}

TEST(Preview, OfThePromptsOfAFileAreNumberedByTheirLines) {
  const TemporaryFolder folder;
  const std::string prompts =
      folder.write("prompts.txt", "a panda\n\n{\"prompt\": \"a cat\", \"output\": \"cat.gif\"}\n");
  const Program program({"generate", "--prompt-file", prompts, "--steps", "2", "-W", "64", "-H", "64", "--frames", "1",
                         "--seed", "7", "-o", "clip.gif", "--preview", "look.png", "--progress", "none"});
  ASSERT_EQ(program.wait().exit_code, 0);
  EXPECT_THAT(program.files(), ElementsAre("cat.gif", "clip-1.gif", "look-1.png", "look-3.png"));
}

TEST(Preview, OfAVideoThatIsMadeAgain) {
  const TemporaryFolder folder;
  const std::string clip = folder.path() / "clip.gif";
  ASSERT_EQ(Program(with(kSmall, {"-o", clip, "--progress", "none"})).wait().exit_code, 0);
  const Program program({"rerun", clip, "-o", "again.gif", "--preview", "look.png", "--progress", "none"});
  ASSERT_EQ(program.wait().exit_code, 0);
  EXPECT_THAT(program.files(), ElementsAre("again.gif", "look.png"));
  EXPECT_EQ(contents(program.folder() / "again.gif"), contents(clip));
}

TEST(Preview, WhoseNameCannotBeIsRefused) {
  const auto refuse = [](const std::vector<std::string>& more, int exit_code, const std::string& part) {
    expect_refusal(with(kSmall, more), exit_code, part);
  };
  refuse({"--preview", "look.jpg"}, 2, "preview: expected a name that ends in .png, found look.jpg");
  refuse({"--preview", "absent/look.png"}, 4, "cannot write absent/look.png: there is no folder absent");
  refuse({"-o", "clip.png", "--preview", "./clip_0017.png"}, 2, "preview: expected a file of its own");
  refuse({"-o", "clip.png", "--preview", "clip_0001.png"}, 2, "preview: expected a file of its own");
  refuse({"--count", "2", "--preview", "look.gif"}, 2, "found look-7.gif");
}

TEST(FitPreview, PrintsWhatOdsoraJsonTakes) {
  const TemporaryFolder folder;
  const std::string clip = folder.path() / "clip.gif";
  ASSERT_EQ(Program(with(kSmall, {"-o", clip, "--progress", "none"})).wait().exit_code, 0);
  const Finished finished = Program({"fit-preview", clip, clip}).wait();
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_THAT(finished.err, HasSubstr("2560 pairs of a latent pixel and its colour: R2 0."));
  const nlohmann::json json = nlohmann::json::parse("{" + finished.out + "}");
  EXPECT_EQ(json.at("preview").at("weights").size(), 3U);
  EXPECT_EQ(json.at("preview").at("weights").at(2).size(), 16U);
  EXPECT_EQ(json.at("preview").at("offset").size(), 3U);
}

TEST(FitPreview, RefusesWhatIsNoVideo) {
  const TemporaryFolder folder;
  const std::string text = folder.write("text.mp4", "no video");
  expect_refusal({"fit-preview", text}, 2, "videos: expected two at least, found 1");
  expect_refusal({"fit-preview", text, text}, 2, text);
}

}  // namespace
}  // namespace odsora
