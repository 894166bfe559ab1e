// The program as a user types it: exit codes, the one sentence of each error, what is left on disk.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <thread>

#include "support/control_group.h"
#include "support/program.h"
#include "support/shipped_model.h"
#include "support/temporary_folder.h"
#include "support/video_probe.h"

namespace odsora {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kSmall = {"-W", "64", "-H", "64", "--frames", "5", "--steps", "2", "--seed", "1"};

// A model folder of links to the shipped one, some of whose files a test replaces.
class BrokenModel {
 public:
  BrokenModel() {
    for (const auto& entry : fs::recursive_directory_iterator(kShippedModel)) {
      if (!entry.is_regular_file()) continue;
      const fs::path link = path() / fs::relative(entry.path(), kShippedModel);
      fs::create_directories(link.parent_path());
      fs::create_symlink(entry.path(), link);
    }
  }
  fs::path path() const { return folder_.path() / "model"; }
  void remove(const std::string& file) const { fs::remove(path() / file); }
  void replace(const std::string& file, const std::string& bytes) const {
    remove(file);
    std::ofstream(path() / file, std::ios::binary) << bytes;
  }
  std::string original(const std::string& file) const { return contents(fs::path(kShippedModel) / file); }
  // Replaces the first occurrence of `text` in a file by one of the same or another length.
  void edit(const std::string& file, const std::string& text, const std::string& by) const {
    std::string bytes = original(file);
    const size_t place = bytes.find(text);
    ASSERT_NE(place, std::string::npos) << text << " in " << file;
    replace(file, bytes.replace(place, text.size(), by));
  }

 private:
  TemporaryFolder folder_;
};

void expect_broken(const BrokenModel& model, const std::string& part_of_sentence) {
  expect_refusal(
      with({"generate", "-p", "a red apple", "--progress", "none", "--model", model.path().string()}, kSmall), 3,
      part_of_sentence);
}

TEST(Cli, HelpAndVersion) {
  const Finished help = Program({"generate", "--help"}).wait();
  EXPECT_EQ(help.exit_code, 0);
  for (const char* word : {"--prompt", "--cfg-scale", "--precision", "Examples:", "odsora generate -p"}) {
    EXPECT_THAT(help.out, testing::HasSubstr(word));
  }
  const Finished version = Program({"--version"}).wait();
  EXPECT_EQ(version.exit_code, 0);
  EXPECT_THAT(version.out, testing::StartsWith("odsora 0."));
}

TEST(Cli, GeneratesWithTheShippedModelAndPrintsARandomSeed) {
  const Program program({"generate", "-p", "a red apple", "-W", "64", "-H", "64", "--frames", "5", "--steps", "2"});
  const Finished finished = program.wait();
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  ASSERT_EQ(program.files().size(), 1U);
  const std::string name = program.files()[0];  // odsora-SEED.mp4
  ASSERT_THAT(name, testing::StartsWith("odsora-"));
  const std::string seed = name.substr(7, name.size() - 11);
  EXPECT_THAT(finished.err, testing::HasSubstr("seed " + seed));
  EXPECT_THAT(finished.err, testing::HasSubstr("denoising 2/2"));
  EXPECT_EQ(VideoProbe::read(program.folder() / name).frames.size(), 5U);
}

TEST(Cli, SpeaksNdjson) {
  const Program program(with({"generate", "-p", "a red apple", "-o", "apple.mp4", "--progress", "json"}, kSmall));
  const Finished finished = program.wait();
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_EQ(finished.err, "");
  std::istringstream lines(finished.out);
  std::vector<nlohmann::json> events;
  for (std::string line; std::getline(lines, line);) events.push_back(nlohmann::json::parse(line));
  ASSERT_GT(events.size(), 4U);
  EXPECT_EQ(events.front().at("event"), "start");
  int denoised = 0;
  for (const nlohmann::json& event : events) {
    if (event.at("event") != "progress") continue;
    for (const char* key : {"phase", "step", "steps", "elapsed_s", "left_s", "rss_bytes"})
      EXPECT_TRUE(event.contains(key));
    if (event.at("phase") == "denoising") denoised = event.at("step");
  }
  EXPECT_EQ(denoised, 2);
  const nlohmann::json& done = events.back();
  EXPECT_EQ(done.at("event"), "done");
  EXPECT_EQ(done.at("evaluations"), 2);
  EXPECT_EQ(done.at("steps"), 2);
  ASSERT_EQ(done.at("path").size(), 2U);
  EXPECT_NEAR(done.at("path")[0].at("t").get<double>(), 1000, 1e-3);
  EXPECT_TRUE(done.at("path")[0].at("cosine").is_null());
  EXPECT_TRUE(done.at("path")[1].at("cosine").is_number());
  EXPECT_EQ(done.at("path")[1].at("decision"), "the last step");
  EXPECT_EQ(done.at("path")[1].at("step"), 2);
  EXPECT_EQ(done.at("path")[1].at("merged_blocks"), 0);
  EXPECT_EQ(done.at("preset"), "balanced");
  EXPECT_GT(done.at("peak_rss_bytes"), 50'000'000);
  for (const char* phase : {"text", "denoising", "decoding", "total"}) {
    EXPECT_GE(done.at("seconds").at(phase), 0.0) << phase;
  }
}

TEST(Cli, ExplainsWhichStepsWereMergedAndLeaptOver) {
  const Program program({"generate", "-p",     "a red apple", "-o",        "apple.mp4",  "-W",  "64",
                         "-H",       "64",     "--frames",    "5",         "--steps",    "4",   "--lpl",
                         "2",        "--tdtm", "1",           "--explain", "--progress", "none"});
  const Finished finished = program.wait();
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  std::istringstream lines(finished.err);
  std::vector<std::string> table;
  for (std::string line; std::getline(lines, line);) table.push_back(line);
  ASSERT_EQ(table.size(), 4U) << finished.err;
  EXPECT_EQ(table[0], " step       t   cosine  merged  decision");
  EXPECT_EQ(table[1], "    1  1000.0        -       8  go on: evaluation 1 of 2");
  EXPECT_THAT(table[2], testing::EndsWith("        -       -  leap: evaluation 2 is the last that was asked for"));
  EXPECT_EQ(table[3], "2 of 4 steps leapt over: 2 evaluations");
}

TEST(Cli, ExplainsAPreset) {
  const Finished finished =
      Program({"generate", "-p", "a red apple", "-o", "apple.mp4", "-W", "64", "-H", "64", "--frames", "5", "--steps",
               "8", "--preset", "draft", "--explain", "--progress", "none"})
          .wait();
  ASSERT_EQ(finished.exit_code, 0) << finished.err;
  EXPECT_THAT(finished.err, testing::StartsWith("preset draft\n"));
  EXPECT_THAT(finished.err, testing::HasSubstr("leap over "));
  EXPECT_THAT(finished.err, testing::EndsWith("3 of 8 steps leapt over: 5 evaluations\n"));
}

TEST(Cli, ErrorsAreEventsToo) {
  const Finished finished = Program({"generate", "-p", "a red apple", "--frames", "0", "--progress", "json"}).wait();
  EXPECT_EQ(finished.exit_code, 2);
  const auto event = nlohmann::json::parse(finished.out.substr(finished.out.rfind("{\"event\":\"error\"")));
  EXPECT_EQ(event.at("code"), 2);
  EXPECT_THAT(event.at("message").get<std::string>(), testing::HasSubstr("frames"));
}

TEST(Cli, RefusesBadArguments) {
  const auto refused = [](const std::vector<std::string>& more, const std::string& part) {
    expect_refusal(with({"generate", "--progress", "none", "-p", "a red apple"}, more), 2, part);
  };
  refused({"-W", "15"}, "width: expected 16 to 4096, found 15");
  refused({"--resolution", "1080i"}, "resolution: expected 144p, 240p, 360p, 480p or 720p, found 1080i");
  refused({"--resolution", "144p", "--aspect-ratio", "7:5"}, "aspect ratio: expected 3:8");
  refused({"--resolution", "144p", "-W", "64"}, "--resolution");
  refused({"--aspect-ratio", "1:1"}, "--aspect-ratio requires --resolution");
  refused({"--seconds", "2", "--frames", "17"}, "--seconds");
  refused({"--seconds", "nan"}, "seconds: expected 0.01 to");
  refused({"--loop", "0"}, "clips: expected 1 to 1000, found 0");
  refused({"--loop", "2", "--frames", "20"}, "share 17 frames, so each must have a multiple of that, 34 at least");
  refused({"--aesthetic-score", "nan"}, "aesthetic score: expected 0 to 10, found nan");
  refused({"--raw-prompt", "--camera-motion", "pan left"}, "raw prompt: scores and camera motion are appended");
  refused({"--count", "0"}, "--count");
  refused({"--quality", "0"}, "quality");
  refused({"--quality", "50", "-o", "a.gif"}, "quality: a .gif has no such setting");
  refused({"--init-image", "absent.png"}, "init image: absent.png");
  refused({"--init-image", "/dev/null"}, "init image: /dev/null");
  refused({"--init-video", "/etc/passwd"}, "init video: /etc/passwd");
  refused({"--mask-strategy", "0"}, "mask strategy: it places given frames, and none are given");
  refused({"--mask-strategy", "0,1", "--init-image", "a.png"}, "group 1: reference: expected 0 to 0, found \"1\"");
  refused({"--prompt-file", "absent.txt"}, "--prompt-file");
  refused({"-H", "100000000"}, "height: expected 16 to 4096");
  refused({"-W", "99999999999999999999"}, "--width");
  refused({"--frames", "0"}, "frames: expected 1 to");
  refused({"--frames", "-3"}, "frames: expected 1 to");
  refused({"--steps", "0"}, "steps: expected 1 to");
  refused({"--steps", "12", "--lpl", "13"}, "lpl: expected 1 to 12 evaluations, as there are 12 steps, found 13");
  refused({"--lpl", "0"}, "lpl: expected 1 to");
  refused({"--lpl", "-2"}, "lpl: expected 1 to");
  refused({"--lpl", "some"}, "--lpl: expected off, auto, authors or a number of evaluations, found some");
  refused({"--lpl", "8x"}, "found 8x");
  refused({"--lpl", "99999999999999999999"}, "found 99999999999999999999");
  refused({"--steps", "12", "--tdtm", "13"}, "tdtm: expected steps within 1 to 12, found 1 to 13");
  refused({"--tdtm", "5", "--tdtm-blocks", "7-9"}, "tdtm: expected blocks within 1 to 8, found 7 to 9");
  for (const char* wrong :
       {"0", "-3", "5-", "-", "5-4", "0-4", "3-x", "some", "99999999999999999999", "2147483647", "3-4-5"}) {
    refused({"--tdtm", wrong}, std::string("--tdtm: expected off, all, a number N for 1 to N, or A-B, found ") + wrong);
  }
  refused({"--tdtm-blocks", "2"}, "--tdtm-blocks requires --tdtm");
  refused({"--tdtm", "all", "--tdtm-blocks", "off"},
          "--tdtm-blocks: expected all, a number N for 1 to N, or A-B, found off");
  refused({"--leaps", "0"}, "leaps: expected 1 to");
  refused({"--leaps", "some"}, "--leaps: expected a number of evaluations, found some");
  refused({"--leaps", "8", "--lpl", "8"}, "--lpl");
  refused({"--preset", "quick"}, "--preset");
  refused({"--preset", "fast", "--leaps", "8"}, "preset: fast chooses leaps and merging itself, so leaps cannot");
  refused({"--preset", "fast", "--lpl", "8"}, "so lpl cannot be given beside it; leave out one of them");
  refused({"--preset", "exact", "--tdtm", "8"}, "preset: exact chooses leaps and merging itself, so tdtm cannot");
  refused({"--tdtm", "all", "--tdtm-rule", "median"}, "median not in");
  refused({"--cfg-scale", "nan"}, "guidance scale: expected 0 to 100, found nan");
  refused({"--cfg-scale", "much"}, "--cfg-scale");
  refused({"--fps", "0"}, "fps: expected");
  refused({"-t", "-1"}, "threads: expected");
  refused({"--precision", "f64"}, "--precision");
  refused({"--progress", "loud"}, "--progress");
  refused({"-o", "clip.avi"}, ".avi");
  refused({"-o", "clip"}, ".mp4");
  refused({"--no-such-option"}, "--no-such-option");
  expect_refusal({"generate"}, 2, "--prompt");
  expect_refusal({}, 2, "subcommand");
  expect_refusal({"generate", "-p", "", "--progress", "none"}, 2, "prompt: expected words");
  expect_refusal({"generate", "-p", "  ", "--progress", "none"}, 2, "prompt: expected words");
  expect_refusal({"generate", "-p", "caf\xe9", "--progress", "none"}, 2, "not valid UTF-8");
}

TEST(Cli, RefusesUnwritableOutput) {
  const auto refused = [](const std::string& output, const std::string& part) {
    expect_refusal(with({"generate", "--progress", "none", "-p", "a red apple", "-o", output}, kSmall), 4, part);
  };
  refused("no/such/folder/clip.mp4", "no/such/folder");
  refused("/proc/clip.mp4", "/proc");
}

TEST(Cli, RefusesBrokenModels) {
  expect_refusal({"generate", "-p", "a red apple", "--progress", "none", "--model", "nowhere"}, 3, "nowhere");
  {
    const BrokenModel model;
    model.remove("vae/model.safetensors");
    expect_broken(model, "vae");
  }
  {
    const BrokenModel model;
    model.remove("tokenizer/spiece.model");
    expect_broken(model, "spiece.model");
  }
  {
    const BrokenModel model;
    const std::string bytes = model.original("transformer/model.safetensors");
    model.replace("transformer/model.safetensors", bytes.substr(0, bytes.size() / 2));
    expect_broken(model, "transformer/model.safetensors");
    model.replace("transformer/model.safetensors", "");
    expect_broken(model, "transformer/model.safetensors");
    model.replace("transformer/model.safetensors", std::string(1000, '\xff'));
    expect_broken(model, "transformer/model.safetensors");
  }
  {
    const BrokenModel model;  // the VAE is needed last but checked first
    model.edit("vae/model.safetensors", "decoder.conv_norm_out.weight", "decoder.conv_norm_oot.weight");
    expect_broken(model, "spatial_vae.module.decoder.conv_norm_out.weight");
  }
  {
    const BrokenModel model;
    model.edit("transformer/config.json", "\"mlp_ratio\": 4.0", "\"mlp_ratio\": 3.0");
    expect_broken(model, "spatial_blocks.0.mlp.fc1.weight");
  }
  {
    const BrokenModel model;
    model.edit("transformer/config.json", "\"depth\"", "\"deep\"");
    expect_broken(model, "depth");
  }
  {
    const BrokenModel model;
    model.replace("text_encoder/config.json", "{\"d_model\": ");
    expect_broken(model, "text_encoder/config.json");
    model.replace("text_encoder/config.json", "[]");
    expect_broken(model, "text_encoder/config.json");
  }
  {
    const BrokenModel model;
    model.edit("vae/config.json", "\"norm_num_groups\": 8", "\"norm_num_groups\": 7");
    expect_broken(model, "norm_num_groups");
  }
}

TEST(Cli, AnInterruptStopsWithinASecondAndLeavesWhatIsDone) {
  const Program program({"generate", "-p", "a red apple", "-o", "apple.mp4", "--frames", "340", "--progress", "plain"});
  std::this_thread::sleep_for(std::chrono::seconds(2));
  const auto sent = std::chrono::steady_clock::now();
  program.send(SIGINT);
  const Finished finished = program.wait();
  EXPECT_LT(std::chrono::steady_clock::now() - sent, std::chrono::seconds(2));  // one, and one for a busy machine
  EXPECT_EQ(finished.exit_code, 130) << finished.err;
  EXPECT_THAT(finished.err, testing::HasSubstr("interrupted; the same command goes on, from apple.mp4.checkpoint"));
  EXPECT_THAT(program.files(), testing::ElementsAre("apple.mp4.checkpoint"));
}

uint64_t peak_of_run(const std::vector<std::string>& more) {
  const Program program(
      with({"generate", "-p", "a red apple", "-o", "apple.mp4", "--progress", "json", "--no-cache"}, more));
  const Finished finished = program.wait();
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  if (finished.exit_code != 0) return 0;
  const size_t last = finished.out.rfind("{\"event\":\"done\"");
  return nlohmann::json::parse(finished.out.substr(last)).at("peak_rss_bytes");
}

// What `odsora plan` names as the least limit, asked from a process of its own as a user would.
uint64_t least_limit(const std::vector<std::string>& more) {
  const Finished finished = Program(with({"plan", "-p", "a red apple", "--json"}, more)).wait();
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  return nlohmann::json::parse(finished.out).at("least_memory_limit");
}

TEST(Cli, MaxRamIsThePeakOfTheWholeProcess) {
  for (const char* precision : {"f32", "auto"}) {
    const std::vector<std::string> job = {"--steps", "2", "--seed", "1", "--precision", precision};
    const uint64_t least = least_limit(job);
    EXPECT_LE(peak_of_run(with(job, {"--max-ram", std::to_string(least)})), least);
    EXPECT_LE(peak_of_run(with(job, {"--max-ram", "300M"})), 300'000'000U);
  }
}

// Runs in a real control group of this limit and returns the `done` event.
nlohmann::json run_in_group(const MemoryControlGroup& group, const std::vector<std::string>& more) {
  const Program program(
      with({"generate", "-p", "a red apple", "-o", "apple.mp4", "--steps", "2", "--progress", "json"}, more),
      group.door());
  const Finished finished = program.wait();
  EXPECT_EQ(finished.exit_code, 0) << finished.err;  // -1: the kernel killed it
  const size_t last = finished.out.rfind("{\"event\":\"done\"");
  return last == std::string::npos ? nlohmann::json() : nlohmann::json::parse(finished.out.substr(last));
}

TEST(Cli, TheDefaultLimitIsWhatTheControlGroupLeaves) {
  constexpr uint64_t kGroup = 450'000'000;
  const auto group = MemoryControlGroup::make(kGroup);
  if (group == nullptr) GTEST_SKIP() << "this machine lets nobody make a control group with a memory limit";
  const nlohmann::json done = run_in_group(*group, {});
  EXPECT_LT(done.at("plan").at("memory_limit"), kGroup);
  EXPECT_LE(done.at("peak_rss_bytes"), done.at("plan").at("memory_limit"));
}

TEST(Cli, MaxRamIsEnoughForAControlGroupOfTheSameSize) {
  const uint64_t least = least_limit({"--steps", "2"});
  const auto group = MemoryControlGroup::make(least);
  if (group == nullptr) GTEST_SKIP() << "this machine lets nobody make a control group with a memory limit";
  const nlohmann::json done = run_in_group(*group, {"--max-ram", std::to_string(least)});
  EXPECT_LE(done.at("peak_rss_bytes"), least);
}

TEST(Cli, RefusesLimitsThatCannotBe) {
  const auto refused = [](const std::string& limit, int exit_code, const std::string& part) {
    expect_refusal({"generate", "-p", "a red apple", "--progress", "none", "--max-ram", limit}, exit_code, part);
  };
  refused("10M", 6, "at least");
  refused("much", 2, "much");
  refused("-1G", 2, "-1G");
}

TEST(Cli, AFileThatShrinksWhileItIsReadIsAnError) {
  const BrokenModel model;
  model.replace("transformer/model.safetensors", model.original("transformer/model.safetensors"));  // a copy
  const Program program({"generate", "-p", "a red apple", "-o", "apple.mp4", "--model", model.path().string(),
                         "--progress", "none", "--no-cache", "--no-residency", "--steps", "1000"});
  const fs::path texts = program.folder() / "apple.mp4.checkpoint/texts.safetensors";  // denoising follows
  for (int i = 0; i < 600 && !fs::exists(texts); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(100));
  fs::resize_file(model.path() / "transformer/model.safetensors", 1'000'000);
  const Finished finished = program.wait();
  EXPECT_EQ(finished.exit_code, 3) << finished.err;
  EXPECT_THAT(finished.err, testing::HasSubstr("transformer/model.safetensors"));
  EXPECT_THAT(program.files(), testing::ElementsAre("apple.mp4.checkpoint"));
}

TEST(Cli, WritesATraceOfLoadsAndSteps) {
  const Program program(with(
      {"generate", "-p", "a red apple", "-o", "apple.mp4", "--progress", "none", "--trace", "trace.json"}, kSmall));
  ASSERT_EQ(program.wait().exit_code, 0);
  const auto trace = nlohmann::json::parse(contents(program.folder() / "trace.json"));
  std::set<std::string> tracks;
  for (const nlohmann::json& event : trace) {
    if (event.at("ph") == "M" && event.at("name") == "thread_name") tracks.insert(event.at("args").at("name"));
  }
  EXPECT_TRUE(tracks.contains("loader") && tracks.contains("compute")) << testing::PrintToString(tracks);
}

}  // namespace
}  // namespace odsora
