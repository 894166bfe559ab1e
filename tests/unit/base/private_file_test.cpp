#include "base/private_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>
#include <string>

#include "support/temporary_folder.h"

namespace odsora {
namespace {

namespace fs = std::filesystem;

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

std::string content_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

TEST(PrivateFile, IsForTheUserAloneAndReplacesAnOlderOne) {
  const TemporaryFolder folder;
  const fs::path file = folder.path() / "note";
  const mode_t mask = ::umask(0);
  EXPECT_TRUE(write_private_file(file, {bytes_of("one "), bytes_of(""), bytes_of("two")}));
  ::umask(mask);
  EXPECT_EQ(content_of(file), "one two");
  EXPECT_EQ(fs::status(file).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_TRUE(write_private_file(file, {bytes_of("three")}));
  EXPECT_EQ(content_of(file), "three");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()), 1);
}

TEST(PrivateFile, LeavesNothingBehindWhenItFails) {
  const TemporaryFolder folder;
  EXPECT_FALSE(write_private_file(folder.path() / "missing" / "note", {bytes_of("a")}));
  fs::create_directories(folder.path() / "taken" / "by a folder");
  EXPECT_FALSE(write_private_file(folder.path() / "taken", {bytes_of("a")}));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()), 1);
}

TEST(PrivateFolder, IsMadeWithAllThatIsMissingAround) {
  const TemporaryFolder folder;
  const fs::path inner = folder.path() / "a" / "b" / "c";
  const mode_t mask = ::umask(0);
  EXPECT_TRUE(make_private_folder(inner));
  ::umask(mask);
  EXPECT_EQ(fs::status(inner).permissions(), fs::perms::owner_all);
  EXPECT_EQ(fs::status(folder.path() / "a").permissions(), fs::perms::owner_all);
  EXPECT_TRUE(make_private_folder(inner));
  EXPECT_TRUE(make_private_folder(inner / "d/"));
}

TEST(PrivateFolder, CannotBeMadeInAFileOrInAForeignPlace) {
  const TemporaryFolder folder;
  const fs::path file = folder.write("file", "");
  EXPECT_FALSE(make_private_folder(file));
  EXPECT_FALSE(make_private_folder(file / "inside"));
  EXPECT_FALSE(make_private_folder("/proc/odsora/inside"));
}

}  // namespace
}  // namespace odsora
