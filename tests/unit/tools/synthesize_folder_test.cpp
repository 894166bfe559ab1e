#include "tools/synthesize_folder.h"

#include <gtest/gtest.h>

#include <fstream>

#include "support/expect_error.h"
#include "support/temporary_folder.h"

namespace odsora {
namespace {

namespace fs = std::filesystem;

void write_something(const PendingFolder& folder) { std::ofstream(folder.path() / "file") << "content"; }

size_t entries(const fs::path& folder) {
  return static_cast<size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
}

TEST(PendingFolder, AppearsWhole) {
  const TemporaryFolder home;
  PendingFolder folder(home.path() / "model");
  write_something(folder);
  EXPECT_FALSE(fs::exists(home.path() / "model"));
  folder.publish();
  EXPECT_TRUE(fs::exists(home.path() / "model" / "file"));
  EXPECT_EQ(entries(home.path()), 1U);
}

TEST(PendingFolder, LeavesNothingUnlessPublished) {
  const TemporaryFolder home;
  {
    const PendingFolder folder(home.path() / "model");
    write_something(folder);
    EXPECT_EQ(entries(home.path()), 1U);
  }
  EXPECT_EQ(entries(home.path()), 0U);
}

TEST(PendingFolder, TakesTheNameOfAnEmptyFolderAlsoWithASlash) {
  const TemporaryFolder home;
  fs::create_directory(home.path() / "model");
  PendingFolder folder(home.path() / "model" / "");
  write_something(folder);
  folder.publish();
  EXPECT_TRUE(fs::exists(home.path() / "model" / "file"));
}

TEST(PendingFolder, NeverTouchesWhatIsThere) {
  const TemporaryFolder home;
  home.write("model/precious", "content");
  home.write("file", "content");
  home.write("other.part/precious", "content");
  const auto refused = [&](const fs::path& target, std::initializer_list<std::string> parts) {
    expect_error(ErrorCode::kOutput, parts, [&] { PendingFolder{target}; });
  };
  refused(home.path() / "model", {"model", "found one that is not empty"});
  refused(home.path() / "file", {"file", "expected a new or an empty folder"});
  refused(home.path() / "other", {"other.part", "remove it or take another name"});
  refused(home.path() / "no such" / "model", {"no such", "No such file or directory"});
  refused("", {"empty"});
  EXPECT_TRUE(fs::exists(home.path() / "model" / "precious"));
  EXPECT_TRUE(fs::exists(home.path() / "file"));
  EXPECT_TRUE(fs::exists(home.path() / "other.part" / "precious"));
}

}  // namespace
}  // namespace odsora
