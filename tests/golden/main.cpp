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

namespace odsora::golden {
namespace {

struct Folder {
  const char* name;
  void (*compare)(const std::filesystem::path& file);
};

constexpr Folder kFolders[] = {
    {"t5", compare_t5}, {"stdit3", compare_stdit3}, {"vae", compare_vae}, {"sampler", compare_sampler}};

// Weights, and the data of the techniques that are not built yet.
bool is_fixture(const std::filesystem::path& file) {
  const std::string name = file.filename().string();
  return file.extension() == ".safetensors" && name != "model.safetensors" && !name.starts_with("d_") &&
         !name.starts_with("lpl_") && !name.starts_with("ondevice_");
}

std::set<std::string> fixture_names(const std::string& folder) {
  std::set<std::string> names;
  for (const std::filesystem::path& root :
       {std::filesystem::path(ODSORA_SOURCE_FOLDER "/tests/golden"), data_folder()}) {
    if (!std::filesystem::is_directory(root / folder)) continue;
    for (const auto& entry : std::filesystem::directory_iterator(root / folder)) {
      if (is_fixture(entry.path())) names.insert(entry.path().stem().string());
    }
  }
  return names;
}

class FixtureTest : public testing::Test {
 public:
  FixtureTest(const Folder& folder, std::string name) : folder_(folder), name_(std::move(name)) {}
  void TestBody() override {
    const auto file = data_folder() / folder_.name / (name_ + ".safetensors");
    ASSERT_TRUE(std::filesystem::exists(file)) << file << " is missing";
    folder_.compare(file);
  }

 private:
  const Folder& folder_;
  std::string name_;
};

// Belongs to the shipped weights, so it stays when $ODSORA_GOLDEN_DIR names other data.
class ParityTest : public testing::Test {
 public:
  void TestBody() override {
    compare_parity(ODSORA_SOURCE_FOLDER "/tests/golden/parity/emoji_world.safetensors",
                   ODSORA_SOURCE_FOLDER "/models/emoji-world");
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
  for (const Folder& folder : kFolders) {
    for (const std::string& name : fixture_names(folder.name)) {
      testing::RegisterTest((std::string("golden.") + folder.name).c_str(), name.c_str(), nullptr, nullptr, __FILE__,
                            __LINE__, [&folder, name]() -> testing::Test* { return new FixtureTest(folder, name); });
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
