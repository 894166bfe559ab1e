// Registers one test for each golden file, found by listing the folders when the program starts.
//
// The names come from the data in this repository and from $ODSORA_GOLDEN_DIR together: a file that the repository has
// and the other folder lacks is a failure. `--list` prints the tests for ctest.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <set>
#include <string>

#include "golden/fixture.h"
#include "golden/golden_tests.h"
#include "golden/tokenizer_golden.h"
#include "support/shipped_model.h"

namespace odsora::golden {
namespace {

bool is_any(const std::string& /*fixture*/) { return true; }
bool is_of_tdtm(const std::string& fixture) {
  return fixture.starts_with("d_") || fixture.find("tdtm") != std::string::npos;
}
bool is_of_lpl(const std::string& fixture) {
  return fixture.starts_with("lpl_") || fixture == "ondevice_lpl_only_30" || fixture == "timesteps_ondevice";
}
bool is_of_stdit3(const std::string& fixture) { return !is_of_tdtm(fixture); }
bool is_of_sampler(const std::string& fixture) { return !is_of_lpl(fixture) && !is_of_tdtm(fixture); }

struct Suite {
  const char* name;    // of the tests, after "golden."
  const char* folder;  // of the data
  void (*compare)(const std::filesystem::path& file);
  bool (*holds)(const std::string& fixture);
};

constexpr Suite kSuites[] = {{"t5", "t5", compare_t5, is_any},
                             {"stdit3", "stdit3", compare_stdit3, is_of_stdit3},
                             {"vae", "vae", compare_vae, is_any},
                             {"sampler", "sampler", compare_sampler, is_of_sampler},
                             {"lpl", "sampler", compare_lpl, is_of_lpl},
                             {"tdtm", "stdit3", compare_tdtm, is_of_tdtm},
                             {"tdtm", "sampler", compare_sampler, is_of_tdtm}};

bool is_fixture(const std::filesystem::path& file) {
  return file.extension() == ".safetensors" && file.filename() != "model.safetensors";
}

std::set<std::string> fixture_names(const Suite& suite) {
  std::set<std::string> names;
  for (const std::filesystem::path& root :
       {std::filesystem::path(ODSORA_SOURCE_FOLDER "/tests/golden"), data_folder()}) {
    if (!std::filesystem::is_directory(root / suite.folder)) continue;
    for (const auto& entry : std::filesystem::directory_iterator(root / suite.folder)) {
      const std::string name = entry.path().stem().string();
      if (is_fixture(entry.path()) && suite.holds(name)) names.insert(name);
    }
  }
  return names;
}

class FixtureTest : public testing::Test {
 public:
  FixtureTest(const Suite& suite, std::string name) : suite_(suite), name_(std::move(name)) {}
  void TestBody() override {
    const auto file = data_folder() / suite_.folder / (name_ + ".safetensors");
    ASSERT_TRUE(std::filesystem::exists(file)) << file << " is missing";
    suite_.compare(file);
  }

 private:
  const Suite& suite_;
  std::string name_;
};

// Belongs to the shipped weights, so it stays when $ODSORA_GOLDEN_DIR names other data.
class ParityTest : public testing::Test {
 public:
  void TestBody() override {
    compare_parity(ODSORA_SOURCE_FOLDER "/tests/golden/parity/emoji_world.safetensors", kShippedModel);
  }
};

class TokenizerTest : public testing::Test {
 public:
  void TestBody() override {
    const char* folder = std::getenv("ODSORA_T5_DIR");
    if (folder == nullptr) {
      GTEST_SKIP() << "ODSORA_T5_DIR names no folder with spiece.model and ids.json; that vocabulary is not shipped";
    }
    const TokenizerComparison comparison = compare_tokenizer(folder);
    EXPECT_GT(comparison.cases, 0);
    for (const std::string& mismatch : comparison.mismatches) ADD_FAILURE() << mismatch;
  }
};

void register_tests() {
  for (const Suite& suite : kSuites) {
    for (const std::string& name : fixture_names(suite)) {
      testing::RegisterTest((std::string("golden.") + suite.name).c_str(), name.c_str(), nullptr, nullptr, __FILE__,
                            __LINE__, [&suite, name]() -> testing::Test* { return new FixtureTest(suite, name); });
    }
  }
  testing::RegisterTest("golden", "parity", nullptr, nullptr, __FILE__, __LINE__,
                        []() -> testing::Test* { return new ParityTest(); });
  testing::RegisterTest("golden", "tokenizer", nullptr, nullptr, __FILE__, __LINE__,
                        []() -> testing::Test* { return new TokenizerTest(); });
}

}  // namespace
}  // namespace odsora::golden

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  odsora::golden::register_tests();
  if (argc > 1 && std::string(argv[1]) == "--list") {
    const auto& tests = *testing::UnitTest::GetInstance();
    for (int i = 0; i < tests.total_test_suite_count(); ++i) {
      const testing::TestSuite& suite = *tests.GetTestSuite(i);
      for (int j = 0; j < suite.total_test_count(); ++j) {
        std::cout << suite.name() << '.' << suite.GetTestInfo(j)->name() << '\n';
      }
    }
    return 0;
  }
  return RUN_ALL_TESTS();
}
