// The files that odsora generate writes: every format, what they tell of their making, and many at once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "support/program.h"
#include "support/video_probe.h"

namespace odsora {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::vector<std::string> kSmallPanda = {
    "-p", "a \"red\" panda & more", "--steps", "2", "-W", "64", "-H", "64", "--frames", "17", "--seed", "7"};

std::vector<std::string> generate(const std::string& output, const std::vector<std::string>& more = {}) {
  return with(with({"generate", "--progress", "none", "-o", output}, kSmallPanda), more);
}

Finished run(const std::vector<std::string>& arguments) { return Program(arguments).wait(); }

TEST(Outputs, RerunMakesTheSameBytesInEveryFormat) {
  const TemporaryFolder folder;
  for (const char* name : {"a.mp4", "a.webm", "a.gif", "a.webp"}) {
    const std::string file = folder.path() / name;
    ASSERT_EQ(run(generate(file)).exit_code, 0) << name;
    const Finished again = run({"rerun", file, "--progress", "none", "-t", "1"});
    ASSERT_EQ(again.exit_code, 0) << again.err;
    const std::filesystem::path extension = std::filesystem::path(name).extension();
    EXPECT_EQ(contents(folder.path() / ("a-again" + extension.string())), contents(file)) << name;
  }
  const std::string png = folder.path() / "a.png";
  ASSERT_EQ(run(generate(png)).exit_code, 0);
  ASSERT_EQ(run({"rerun", folder.path() / "a_0001.png", "-o", folder.path() / "b.png", "--progress", "none"}).exit_code,
            0);
  for (const char* number : {"_0001.png", "_0017.png"}) {
    EXPECT_EQ(contents(folder.path() / (std::string("a") + number)),
              contents(folder.path() / (std::string("b") + number)));
  }
}

TEST(Outputs, InfoTellsWhatShapesThePixelsAndNothingElse) {
  const TemporaryFolder folder;
  const std::string file = folder.path() / "a.gif";
  ASSERT_EQ(run(generate(file, {"--negative-prompt", "rain", "-t", "1"})).exit_code, 0);
  const Finished info = run({"info", "--json", file});
  ASSERT_EQ(info.exit_code, 0) << info.err;
  const nlohmann::json data = nlohmann::json::parse(info.out);
  EXPECT_EQ(data.at("prompt"), "a \"red\" panda & more");
  EXPECT_EQ(data.at("negative_prompt"), "rain");
  EXPECT_EQ(data.at("seed"), 7);
  EXPECT_EQ(data.at("frames"), 17);
  EXPECT_EQ(data.at("model").at("name"), "emoji-world");
  EXPECT_EQ(data.at("preset"), "balanced");
  EXPECT_FALSE(data.contains("threads"));
  EXPECT_THAT(contents(file), testing::Not(HasSubstr(folder.path().string())));
  EXPECT_THAT(run({"info", file}).out, HasSubstr("guidance_scale: 4.0\n"));

  ASSERT_EQ(run(generate(file, {"--no-metadata"})).exit_code, 0);
  EXPECT_EQ(run({"info", file}).exit_code, 2);
  EXPECT_EQ(run({"rerun", file}).exit_code, 2);
}

TEST(Outputs, InfoPrintsNothingThatATerminalObeys) {
  using std::string_literals::operator""s;
  const std::string data =
      "{\"odsora\":\"0.1.0\",\"prompt\":\"\xc3\xa9 \xc2\x9b"
      "2J \x7f \\u001b[2J\"}";
  const std::string comment = "\x21\xfe"s + static_cast<char>(data.size()) + data + "\0"s;
  const TemporaryFolder folder;
  const std::string file = folder.write("a.gif", "GIF89a\1\0\1\0\0\0\0"s + comment + ";");
  EXPECT_THAT(run({"info", file}).out, HasSubstr("prompt: \"\xc3\xa9 \\u009b2J \\u007f \\u001b[2J\"\n"));
  EXPECT_EQ(nlohmann::json::parse(run({"info", "--json", file}).out).at("prompt"),
            "\xc3\xa9 \xc2\x9b"
            "2J \x7f \x1b[2J");
}

TEST(Outputs, RerunRefusesAnotherModelOrAnotherPicture) {
  const TemporaryFolder folder;
  const std::string picture = folder.path() / "p.png", video = folder.path() / "v.mp4";
  ASSERT_EQ(
      run({"generate", "-p", "a", "--frames", "1", "--steps", "1", "-o", picture, "--progress", "none"}).exit_code, 0);
  ASSERT_EQ(run(generate(video, {"--init-image", picture})).exit_code, 0);
  const std::string again = folder.path() / "again.mp4";
  ASSERT_EQ(run({"rerun", video, "-o", again, "--progress", "none"}).exit_code, 0);
  EXPECT_EQ(contents(again), contents(video));
  ASSERT_EQ(
      run({"generate", "-p", "b", "--frames", "1", "--steps", "1", "-o", picture, "--progress", "none"}).exit_code, 0);
  const Finished changed = run({"rerun", video, "-o", again, "--progress", "none"});
  EXPECT_EQ(changed.exit_code, 2);
  EXPECT_THAT(changed.err, HasSubstr("expected the file whose SHA-256 is"));
  std::filesystem::remove(picture);
  EXPECT_THAT(run({"rerun", video, "-o", again, "--progress", "none"}).err, HasSubstr("init image: "));
}

TEST(Outputs, QualityChangesTheSizeOfTheFile) {
  const TemporaryFolder folder;
  for (const char* extension : {".mp4", ".webm", ".webp"}) {
    const std::string low = folder.path() / (std::string("low") + extension);
    const std::string high = folder.path() / (std::string("high") + extension);
    ASSERT_EQ(run(generate(low, {"--quality", "10"})).exit_code, 0);
    ASSERT_EQ(run(generate(high, {"--quality", "100"})).exit_code, 0);
    EXPECT_LT(2 * std::filesystem::file_size(low), std::filesystem::file_size(high)) << extension;
  }
}

TEST(Outputs, CountMakesAVideoOfEachSeed) {
  const Program program(with({"generate", "--progress", "plain", "-o", "c.png", "--count", "2", "--frames", "1"},
                             {"-p", "a panda", "--steps", "2", "-W", "64", "-H", "64", "--seed", "7", "--no-cache"}));
  const Finished finished = program.wait();
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_THAT(program.files(), ElementsAre("c-7.png", "c-8.png"));
  EXPECT_NE(contents(program.folder() / "c-7.png"), contents(program.folder() / "c-8.png"));
  EXPECT_THAT(finished.err, HasSubstr("video 2/2, seed 8, 64x64, a picture"));
  const size_t first = finished.err.find("text ");  // one text encoding
  EXPECT_NE(first, std::string::npos);
  EXPECT_EQ(finished.err.find("text ", finished.err.find("video 2/2")), std::string::npos);
}

TEST(Outputs, APromptFileMakesAVideoOfEachLine) {
  const TemporaryFolder folder;
  const std::string file = folder.path() / "prompts.txt";
  std::ofstream(file) << "a panda\n\n  {\"prompt\": \"a robot\", \"frames\": 1, \"seed\": 3, \"output\": \"r.png\"}\n";
  const std::vector<std::string> arguments = {
      "generate", "--progress", "none", "--prompt-file", file, "--steps", "1", "-W",
      "64",       "-H",         "64",   "--frames",      "17"};
  const Program program(arguments);
  const Finished finished = program.wait();
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_THAT(program.files(), ElementsAre("odsora-1.mp4", "r.png"));
  EXPECT_EQ(VideoProbe::read(program.folder() / "odsora-1.mp4").frames.size(), 17U);

  const auto refused = [&](const std::string& lines, const std::string& sentence) {
    std::ofstream(file) << lines;
    expect_refusal(arguments, 2, sentence);
  };
  refused("a panda\n{\"promt\": \"a\"}\n", "prompts.txt: line 2: \"promt\" is not known");
  refused("a panda\n{\"prompt\": \"a\"\n", "prompts.txt: line 2");
  refused("{\"prompt\": \"a\", \"model\": {}}\n", "line 1: \"model\" holds for all lines");
  refused("{\"prompt\": \"a\", \"frames\": 0}\n", "frames: expected 1 to 10000, found 0");
  refused("{\"prompt\": \"a\", \"output\": \"x.mp4\"}\n{\"prompt\": \"b\", \"output\": \"x.mp4\"}\n",
          "videos 1 and 2 would both be");
  refused("\n", "expected a prompt a line, found only blanks");
}

TEST(Outputs, TellsTheTrueSizeBeforeWork) {
  const Finished finished = run({"generate", "-p", "a", "--resolution", "144p", "--aspect-ratio", "3:4", "--seconds",
                                 "0.5", "--steps", "1", "-o", TemporaryFolder().path() / "gone" / "x.mp4"});
  EXPECT_EQ(finished.exit_code, 4);  // there is no such folder
  const Program program({"generate", "-p", "a", "--resolution", "144p", "--aspect-ratio", "3:4", "--seconds", "0.5",
                         "--steps", "1", "--progress", "plain"});
  const Finished made = program.wait();
  ASSERT_EQ(made.exit_code, 0) << made.err;
  const size_t size = made.err.find("216x160, 17 frames, 8 fps, 2.12 s");
  EXPECT_LT(size, made.err.find("denoising")) << made.err;
}

TEST(Outputs, RefusesHostileMetadata) {
  const TemporaryFolder folder;
  const std::string file = folder.path() / "a.gif";
  ASSERT_EQ(run(generate(file)).exit_code, 0);
  const std::string good = contents(file);
  const auto with_change = [&](const std::string& from, const std::string& to) {
    std::string bytes = good;
    bytes.replace(bytes.find(from), from.size(), to);
    std::ofstream(file, std::ios::binary) << bytes;
    const Finished finished = run({"rerun", file, "--progress", "none", "-o", folder.path() / "b.gif"});
    EXPECT_EQ(std::count(finished.err.begin(), finished.err.end(), '\n'), 1) << finished.err;
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "b.gif"));
    return finished;
  };
  EXPECT_EQ(with_change("\"frames\":17", "\"frames\":-9").exit_code, 2);
  EXPECT_EQ(with_change("\"width\":64", "\"width\":\"4\"").exit_code, 2);
  EXPECT_EQ(with_change("\"name\":\"emoji-world\"", "\"name\":\"emoji-w/../\"").exit_code, 3);
  EXPECT_EQ(with_change("\"seed\":7,", "\"seed\":{},").exit_code, 2);
}

}  // namespace
}  // namespace odsora
