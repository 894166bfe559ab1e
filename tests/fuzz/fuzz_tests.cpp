// Calls the fuzz targets without libFuzzer: with their seeds, with the cases that were found, with files that are
// malformed for certain and with random damage. A crash, a leak (under a sanitizer) or a runaway allocation fails.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <functional>
#include <set>

#include "allocation_watch.h"
#include "base/noise.h"
#include "fuzz_targets.h"
#include "hostile_input.h"
#include "malformed_files.h"
#include "support/pictures.h"

namespace odsora::fuzz {
namespace {

namespace fs = std::filesystem;

constexpr size_t kFewestMalformedFiles = 2000;
constexpr int kDamagesOfASeed = 100;

// A file of a few kilobytes must not cost more than this: 64 MiB, and what its own bytes become as objects.
constexpr size_t kMostBytes = size_t{64} << 20;
constexpr size_t kMostBytesPerByte = 16;

char input_at_work[256] = "none";  // for the one who reads of a crash

void tell_input(int signal) {
  const ssize_t ignored = write(STDERR_FILENO, input_at_work, std::strlen(input_at_work));
  static_cast<void>(ignored);
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

/// → the sentence with which the target refused the input; empty if it took it.
std::string try_input(const FuzzTarget& target, const std::string& bytes, const std::string& name) {
  std::snprintf(input_at_work, sizeof(input_at_work), "while %s read %s\n", target.name.c_str(), name.c_str());
  refusal = "an exception that is no Error";
  const AllocationWatch watch;
  target.try_input(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  const size_t most = kMostBytes + kMostBytesPerByte * bytes.size();
  EXPECT_LE(watch.largest(), most) << name;
  EXPECT_LE(watch.peak(), most) << name;
  return refusal;
}

struct NamedInput {
  std::string name, bytes;
};

std::vector<NamedInput> inputs_in(const std::string& kind, const std::string& target) {
  const fs::path folder = fs::path(ODSORA_SOURCE_FOLDER "/tests/fuzz") / kind / target;
  std::vector<NamedInput> inputs;
  if (!fs::exists(folder)) return inputs;
  for (const auto& file : fs::directory_iterator(folder)) {
    inputs.push_back({kind + "/" + target + "/" + file.path().filename().string(), bytes_of(file.path())});
  }
  std::ranges::sort(inputs, {}, &NamedInput::name);
  return inputs;
}

/// Seeds are good inputs, or fuzzing would begin with what is refused at once.
void accept_seeds(const FuzzTarget& target) {
  const std::vector<NamedInput> seeds = inputs_in("seeds", target.name);
  EXPECT_FALSE(seeds.empty());
  for (const auto& [name, bytes] : seeds) EXPECT_EQ(try_input(target, bytes, name), "") << name;
}

void survive_found_cases(const FuzzTarget& target) {
  for (const auto& [name, bytes] : inputs_in("found", target.name)) try_input(target, bytes, name);
}

/// What comes of it may be good still, so either answer will do.
void survive_random_damage(const FuzzTarget& target) {
  for (const auto& [name, bytes] : inputs_in("seeds", target.name)) {
    for (uint32_t i = 0; i < kDamagesOfASeed; ++i) {
      std::string damaged = bytes;
      for (uint32_t change = 0; change < 1 + i % 4; ++change) {
        const auto random = philox({i, change, 0, 0}, {static_cast<uint32_t>(bytes.size()), 0});
        const size_t place = random[0] % (damaged.size() + 1);
        const auto byte = static_cast<char>(random[1]);
        if (random[2] % 4 == 0) {
          damaged.insert(place, 1 + random[3] % 8, byte);
        } else if (random[2] % 4 == 1) {
          damaged.erase(place, 1 + random[3] % 8);
        } else if (place < damaged.size()) {
          damaged[place] = random[2] % 4 == 2 ? byte : static_cast<char>(damaged[place] ^ (1 << random[3] % 8));
        }
      }
      try_input(target, damaged, name + ", damage " + std::to_string(i));
    }
  }
}

std::vector<MalformedFiles> all_malformed_files() {
  std::vector<MalformedFiles> all;
  for (const auto& make : {malformed_weights, malformed_configs, malformed_recipes, malformed_texts, malformed_pictures,
                           malformed_videos, malformed_generation_data, malformed_checkpoints}) {
    for (MalformedFiles& files : make()) all.push_back(std::move(files));
  }
  return all;
}

const FuzzTarget& target_named(const std::vector<FuzzTarget>& targets, const std::string& name) {
  const auto found = std::ranges::find(targets, name, &FuzzTarget::name);
  if (found == targets.end()) throw std::runtime_error("there is no target " + name);
  return *found;
}

void refuse_each(const MalformedFiles& files) {
  const std::vector<FuzzTarget> targets = fuzz_targets();
  const FuzzTarget& target = target_named(targets, files.target);
  EXPECT_EQ(try_input(target, files.good, files.kind), "");
  EXPECT_FALSE(files.files.empty());
  for (size_t i = 0; i < files.files.size(); ++i) {
    const std::string name = files.kind + " " + std::to_string(i);
    EXPECT_NE(try_input(target, files.files[i], name), "") << name << ", of " << files.files[i].size() << " bytes";
  }
  std::printf("%zu malformed files of %s\n", files.files.size(), files.target.c_str());
}

/// They differ, so that none counts twice.
void are_enough(const std::vector<MalformedFiles>& all) {
  std::set<std::pair<std::string, std::string>> distinct;
  for (const MalformedFiles& files : all) {
    for (const std::string& file : files.files) distinct.emplace(files.target, file);
  }
  std::printf("%zu malformed files that differ\n", distinct.size());
  EXPECT_GE(distinct.size(), kFewestMalformedFiles);
}

class Check : public testing::Test {
 public:
  explicit Check(std::function<void()> act) : act_(std::move(act)) {}
  void TestBody() override { act_(); }

 private:
  std::function<void()> act_;
};

void add(const std::string& suite, const std::string& name, const std::function<void()>& act) {
  testing::RegisterTest(suite.c_str(), name.c_str(), nullptr, nullptr, __FILE__, __LINE__,
                        [act]() -> testing::Test* { return std::make_unique<Check>(act).release(); });
}

void add_tests() {
  for (const FuzzTarget& target : fuzz_targets()) {
    add(target.name, "AcceptsSeeds", [target] { accept_seeds(target); });
    add(target.name, "SurvivesFoundCases", [target] { survive_found_cases(target); });
    add(target.name, "SurvivesRandomDamage", [target] { survive_random_damage(target); });
  }
  const std::vector<MalformedFiles> all = all_malformed_files();
  for (const MalformedFiles& files : all) add("malformed", files.kind, [files] { refuse_each(files); });
  add("malformed", "AreEnough", [all] { are_enough(all); });
}

}  // namespace
}  // namespace odsora::fuzz

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  std::signal(SIGABRT, odsora::fuzz::tell_input);
  odsora::fuzz::add_tests();
  return RUN_ALL_TESTS();
}
