// Unfinished work as users meet it: the same command again, odsora resume, odsora decode.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "support/program.h"
#include "support/small_disk.h"

namespace odsora {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

const std::vector<std::string> kLong = {"generate", "-p",         "a red apple", "--frames", "170",
                                        "--steps",  "100",        "--preset",    "exact",    "--checkpoint-every",
                                        "0",        "--progress", "json"};
const std::vector<std::string> kShort = {"generate", "-p",       "a red apple", "-W",         "64",  "-H",
                                         "64",       "--frames", "34",          "--progress", "json"};

std::vector<nlohmann::json> events_of(const Finished& finished, const std::string& name) {
  std::vector<nlohmann::json> events;
  std::istringstream lines(finished.out);
  for (std::string line; std::getline(lines, line);) {
    nlohmann::json event = nlohmann::json::parse(line);
    if (event.at("event") == name) events.push_back(std::move(event));
  }
  return events;
}

class CliResume : public testing::Test {
 protected:
  // Runs until a step of denoising is done, then ends it with this signal.
  Finished stop(const std::vector<std::string>& command, int signal) {
    const fs::path out = folder_.path() / "stdout.txt";
    fs::remove(out);  // of the run before
    const Program program(command, {}, folder_.path());
    for (int i = 0; i < 600 && contents(out).find("\"denoising\",\"step\":2") == std::string::npos; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    program.send(signal);
    return program.wait();
  }

  Finished run(const std::vector<std::string>& command) { return Program(command, {}, folder_.path()).wait(); }

  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_.path())) {
      const std::string name = entry.path().filename().string();
      if (!name.ends_with(".txt")) names.push_back(name);
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  TemporaryFolder folder_;
};

TEST_F(CliResume, EverySignalThatAsksToStopKeepsWhatIsDone) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    const Finished stopped = stop(with(kLong, {"-o", "apple.mp4", "--seed", "1"}), signal);
    EXPECT_EQ(stopped.exit_code, 130) << stopped.err;
    const auto cancelled = events_of(stopped, "cancelled");
    ASSERT_EQ(cancelled.size(), 1U);
    EXPECT_EQ(cancelled[0].at("checkpoint"), "apple.mp4.checkpoint");
    EXPECT_THAT(files(), ElementsAre("apple.mp4.checkpoint"));
    fs::remove_all(folder_.path() / "apple.mp4.checkpoint");
  }
}

TEST_F(CliResume, TheSameCommandGoesOnAlsoWithoutASeedAndAName) {
  const Finished stopped = stop(kLong, SIGTERM);
  const uint64_t seed = events_of(stopped, "start").at(0).at("seed");
  std::vector<std::string> again = kLong;
  const Finished interrupted = stop(again, SIGINT);
  const auto resumed = events_of(interrupted, "resumed");
  ASSERT_EQ(resumed.size(), 1U) << interrupted.out << interrupted.err;
  EXPECT_EQ(resumed[0].at("phase"), "denoising");
  EXPECT_GE(resumed[0].at("step"), 2);
  EXPECT_EQ(resumed[0].at("steps"), 100);
  EXPECT_EQ(events_of(interrupted, "start").at(0).at("seed"), seed);
  EXPECT_THAT(files(), ElementsAre("odsora-" + std::to_string(seed) + ".mp4.checkpoint"));
}

TEST_F(CliResume, RefusesAnotherPromptAndStartsOverWhenToldTo) {
  stop(with(kLong, {"-o", "apple.mp4", "--seed", "1"}), SIGTERM);
  const std::vector<std::string> other = {"generate", "-p", "a green pear", "-o", "apple.mp4", "--progress", "json"};
  const Finished refused = run(other);
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, HasSubstr("prompt: \"a red apple\" there, \"a green pear\" here"));
  const Finished fresh = run(with(other, {"--fresh"}));
  EXPECT_EQ(fresh.exit_code, 0) << fresh.err;
  EXPECT_TRUE(events_of(fresh, "resumed").empty());
  EXPECT_THAT(files(), ElementsAre("apple.mp4"));
}

TEST_F(CliResume, ResumeNeedsNothingButTheFile) {
  std::vector<std::string> command = with(kShort, {"--steps", "60", "--preset", "exact", "--checkpoint-every", "0"});
  EXPECT_EQ(run(with(command, {"-o", "whole.webm", "--seed", "5", "--quality", "70"})).exit_code, 0);
  stop(with(command, {"-o", "apple.webm", "--seed", "5", "--quality", "70"}), SIGKILL);
  const Finished resumed = run({"resume", "apple.webm", "--progress", "json", "-t", "1"});
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_EQ(events_of(resumed, "resumed").size(), 1U);
  EXPECT_TRUE(contents(folder_.path() / "apple.webm") == contents(folder_.path() / "whole.webm"));
  EXPECT_EQ(run({"resume", "apple.webm"}).exit_code, 2);  // it is whole
}

TEST_F(CliResume, DecodeMakesOtherFilesOfKeptLatents) {
  EXPECT_EQ(run(with(kShort, {"-o", "apple.mp4", "--seed", "5", "--keep-checkpoint"})).exit_code, 0);
  const std::string latents = "apple.mp4.checkpoint/latents-1.safetensors";
  EXPECT_EQ(run({"decode", latents, "-o", "again.mp4"}).exit_code, 0);
  EXPECT_EQ(run({"decode", latents, "--progress", "none"}).exit_code, 0);
  EXPECT_TRUE(contents(folder_.path() / "again.mp4") == contents(folder_.path() / "apple.mp4"));
  EXPECT_THAT(files(), ElementsAre("again.mp4", "apple.mp4", "apple.mp4.checkpoint", "odsora-5.mp4"));
  EXPECT_EQ(run({"decode", "apple.mp4", "-o", "no.mp4"}).exit_code, 2);
  EXPECT_EQ(run({"decode", "apple.mp4.checkpoint/texts.safetensors", "-o", "no.mp4"}).exit_code, 2);
}

TEST_F(CliResume, ABatchGoesOnWithTheVideosThatAreMissing) {
  const std::vector<std::string> batch = with(kShort, {"-o", "apple.gif", "--count", "3"});
  EXPECT_EQ(run(with(batch, {"--seed", "4"})).exit_code, 0);
  fs::remove(folder_.path() / "apple-5.gif");
  const Finished again = run(with(batch, {"--seed", "4"}));
  EXPECT_EQ(events_of(again, "done").size(), 1U);
  EXPECT_EQ(events_of(again, "done").at(0).at("output"), "apple-5.gif");
  EXPECT_EQ(events_of(again, "note").size(), 2U);
  EXPECT_EQ(events_of(run(with(batch, {"--seed", "4", "--fresh"})), "done").size(), 3U);
}

TEST(CliDisk, AFullDiskStopsTheRunAndLosesNothing) {
  const auto disk = SmallDisk::make(24'000'000);
  if (disk == nullptr) GTEST_SKIP() << "this machine lets nobody mount a small file system";
  const std::vector<std::string> command =
      with(kShort, {"-o", (disk->path() / "apple.mp4").string(), "--seed", "5", "--steps", "200", "--preset", "exact"});
  const Program program(command);
  for (int i = 0;
       i < 600 && contents(program.folder() / "stdout.txt").find("\"denoising\",\"step\":2") == std::string::npos;
       ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  const fs::path filler = disk->path() / "filler";
  std::ofstream(filler) << std::string(15'000'000, 'x');
  const Finished full = program.wait();
  EXPECT_EQ(full.exit_code, 4) << full.err;
  EXPECT_THAT(full.err, HasSubstr("the disk has "));
  EXPECT_FALSE(fs::exists(disk->path() / "apple.mp4"));
  ASSERT_TRUE(fs::exists(disk->path() / "apple.mp4.checkpoint/denoising.safetensors"));

  const Finished still_full = Program(command).wait();
  EXPECT_EQ(still_full.exit_code, 4);
  EXPECT_TRUE(fs::exists(disk->path() / "apple.mp4.checkpoint/denoising.safetensors"));
  fs::remove(filler);
  const Finished resumed = Program(command).wait();
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
  ASSERT_EQ(events_of(resumed, "resumed").size(), 1U);
  EXPECT_GE(events_of(resumed, "resumed")[0].at("step"), 2);
}

TEST(CliDisk, ADiskThatIsTooSmallIsRefusedBeforeWork) {
  const auto disk = SmallDisk::make(6'000'000);
  if (disk == nullptr) GTEST_SKIP() << "this machine lets nobody mount a small file system";
  const Finished refused = Program(with(kShort, {"-o", (disk->path() / "apple.mp4").string()})).wait();
  EXPECT_EQ(refused.exit_code, 4) << refused.err;
  EXPECT_THAT(refused.err, HasSubstr("the disk has "));
  EXPECT_TRUE(fs::is_empty(disk->path()));
}

}  // namespace
}  // namespace odsora
