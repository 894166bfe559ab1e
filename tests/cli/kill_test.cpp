// A run that is killed again and again, at any moment, until its video is there: byte for byte the one of a quiet run.
//
// ODSORA_KILLS says how many times; docs/reliability.md tells of a longer run than the one that tests make.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <sstream>
#include <thread>

#include "support/program.h"

namespace odsora {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr int kKills = 6;
constexpr const char* kVideo = "clip.mp4";

// Two clips, a given picture and a picture for each phase of a run: about two seconds.
std::vector<std::string> arguments(const fs::path& given, const char* every) {
  return {"generate",
          "-p",
          "a cat bouncing in the snow",
          "--seed",
          "7",
          "-o",
          kVideo,
          "--loop",
          "2",
          "-W",
          "96",
          "-H",
          "96",
          "--init-image",
          given.string(),
          "--no-cache",
          "--progress",
          "json",
          "--checkpoint-every",
          every};
}

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// A phase and a step of it.
using Place = std::tuple<int, std::string, int>;

Place place_of(const nlohmann::json& event) { return {event.at("clip"), event.at("phase"), event.at("step")}; }

// What a run told until it ended or was killed; the last line may be cut off.
struct Told {
  bool done = false;
  bool resumed = false;
  Place from;                  // where it went on
  std::map<Place, double> at;  // seconds after its start, of each place that it reached
  double last = 0;             // seconds after its start, of the last place
};

Told read_events(const std::string& out) {
  Told told;
  std::istringstream lines(out);
  for (std::string line; std::getline(lines, line);) {
    const nlohmann::json event = nlohmann::json::parse(line, nullptr, false);
    if (event.is_discarded()) continue;
    told.done = told.done || event.at("event") == "done";
    if (event.at("event") == "resumed") {
      told.resumed = true;
      told.from = place_of(event);
    }
    if (event.at("event") != "progress") continue;
    told.last = event.at("elapsed_s");
    told.at.emplace(place_of(event), told.last);
  }
  return told;
}

class KilledRun : public testing::Test {
 protected:
  KilledRun() {
    const Program picture({"generate", "-p", "a red apple", "--frames", "1", "-W", "96", "-H", "96", "-o", "given.png"},
                          {}, folder_.path());
    EXPECT_EQ(picture.wait().exit_code, 0);
    given_ = folder_.path() / "given.png";
  }

  TemporaryFolder folder_;
  fs::path given_;
};

TEST_F(KilledRun, MakesTheSameBytesHoweverOftenItIsKilled) {
  const char* const asked = std::getenv("ODSORA_KILLS");
  const int wanted = asked == nullptr ? kKills : std::atoi(asked);

  const auto start = Clock::now();
  const Program quiet(arguments(given_, "0.2"));
  ASSERT_EQ(quiet.wait().exit_code, 0);
  const double whole = seconds_since(start);
  const std::string expected = contents(quiet.folder() / kVideo);
  ASSERT_GT(expected.size(), 1000U);

  std::mt19937 random(7);
  std::uniform_real_distribution<double> moment(0, 1.1 * whole);
  const TemporaryFolder work;
  int kills = 0, resumed = 0, videos = 0;
  double most_lost = 0;
  Told before;
  while (kills < wanted || videos == 0) {
    const Program program(arguments(given_, "0.2"), {}, work.path());
    if (kills < wanted) {
      const double end = moment(random);
      const auto begun = Clock::now();
      while (seconds_since(begun) < end && !program.has_ended())
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      program.send(SIGKILL);
    }
    const Finished finished = program.wait();
    const Told told = read_events(finished.out);
    if (told.resumed) {
      ++resumed;
      if (before.at.contains(told.from)) most_lost = std::max(most_lost, before.last - before.at.at(told.from));
    }
    before = told;
    if (finished.exit_code == -1) {
      ++kills;
      continue;
    }
    ASSERT_EQ(finished.exit_code, 0) << finished.err << finished.out;
    ++videos;
    before = {};
    ASSERT_TRUE(contents(work.path() / kVideo) == expected) << "after " << kills << " kills";
    EXPECT_THAT(program.files(), testing::ElementsAre(kVideo));
    fs::remove(work.path() / kVideo);
  }
  std::cout << kills << " kills survived, " << resumed << " runs went on, " << videos
            << " videos equal byte for byte, at most " << most_lost << " s of work lost\n";
  EXPECT_GE(kills, wanted);
  EXPECT_GT(resumed, 0);
}

}  // namespace
}  // namespace odsora
