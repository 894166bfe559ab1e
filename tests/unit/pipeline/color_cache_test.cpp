#include "pipeline/color_cache.h"

#include <gtest/gtest.h>

#include <iterator>

#include "support/expect_error.h"
#include "support/pictures.h"
#include "support/temporary_folder.h"

namespace odsora {
namespace {

namespace fs = std::filesystem;

ColorKey key_of(int number) {
  ColorKey key{};
  key.digest[0] = std::byte{0xab};
  key.digest[31] = static_cast<std::byte>(number);
  return key;
}

LatentColorMap map_of(double first) {
  LatentColorMap map;
  map.weights = {std::vector<double>{first, 1e-300}, {-0.0, 1.0 / 3}, {3, 4}};
  map.offset = {5, 6, 7};
  return map;
}

class ColorCacheTest : public testing::Test {
 protected:
  fs::path file() const { return folder_.path() / "cache" / "colors" / "ab.map"; }
  ColorCache cache() const { return ColorCache(folder_.path() / "cache"); }

  TemporaryFolder folder_;
};

TEST_F(ColorCacheTest, FindsWhatWasStoredToTheBit) {
  EXPECT_FALSE(cache().find(key_of(1), 2));
  EXPECT_TRUE(cache().store(key_of(1), map_of(0.1)));
  EXPECT_EQ(cache().find(key_of(1), 2), map_of(0.1));
  EXPECT_TRUE(cache().store(key_of(1), map_of(0.2)));
  EXPECT_EQ(cache().find(key_of(1), 2), map_of(0.2));
}

TEST_F(ColorCacheTest, AnotherModelOrNumberOfChannelsIsAMiss) {
  ASSERT_TRUE(cache().store(key_of(1), map_of(0.1)));
  EXPECT_FALSE(cache().find(key_of(1), 3));
  EXPECT_FALSE(cache().find(key_of(1), 0));
  EXPECT_FALSE(cache().find(key_of(1), 65536));
  EXPECT_FALSE(cache().find(key_of(2), 2));  // which has the same file
  ASSERT_TRUE(cache().store(key_of(2), map_of(0.2)));
  EXPECT_FALSE(cache().find(key_of(1), 2));
  EXPECT_EQ(std::distance(fs::directory_iterator(file().parent_path()), fs::directory_iterator()), 1);
}

TEST_F(ColorCacheTest, IsForTheUserAlone) {
  ASSERT_TRUE(cache().store(key_of(1), map_of(0.1)));
  EXPECT_EQ(fs::status(file().parent_path()).permissions(), fs::perms::owner_all);
  EXPECT_EQ(fs::status(file()).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(ColorCacheTest, EveryDamagedByteAndEveryOtherLengthIsAMiss) {
  ASSERT_TRUE(cache().store(key_of(1), map_of(0.1)));
  const std::string good = bytes_of(file());
  ASSERT_EQ(good.size(), 48 + 9 * sizeof(double) + 32);
  const auto replace = [&](const std::string& content) { folder_.write("cache/colors/ab.map", content); };
  for (size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    replace(bad);
    EXPECT_FALSE(cache().find(key_of(1), 2)) << "byte " << at;
  }
  for (size_t size = 0; size < good.size(); ++size) {
    replace(good.substr(0, size));
    EXPECT_FALSE(cache().find(key_of(1), 2)) << size << " bytes";
  }
  replace(good + "x");
  EXPECT_FALSE(cache().find(key_of(1), 2));
  replace(good);
  EXPECT_TRUE(cache().find(key_of(1), 2));
}

TEST_F(ColorCacheTest, WithoutAFolderThatCanBeWrittenEverythingIsAMiss) {
  EXPECT_FALSE(ColorCache(std::nullopt).store(key_of(1), map_of(0.1)));
  EXPECT_FALSE(ColorCache(std::nullopt).find(key_of(1), 2));
  folder_.write("cache", "a file");
  EXPECT_FALSE(cache().store(key_of(1), map_of(0.1)));
  EXPECT_FALSE(cache().find(key_of(1), 2));
}

TEST(ColorKey, DependsOnTheFilesAndNotOnTheirOrderOrFolder) {
  const TemporaryFolder folder;
  const fs::path one = folder.write("a/one", "1"), two = folder.write("a/two", "2");
  const std::vector<fs::path> files = {one, two}, turned = {two, one};
  const ColorKey key = make_color_key(files);
  EXPECT_EQ(key.digest, make_color_key(turned).digest);
  fs::create_directories(folder.path() / "b");
  const std::vector<fs::path> moved = {folder.path() / "b/one", two};
  fs::rename(one, moved[0]);
  EXPECT_EQ(key.digest, make_color_key(moved).digest);
  folder.write("a/two", "3");
  EXPECT_NE(key.digest, make_color_key(moved).digest);
  expect_bad_model({"one"}, [&] { make_color_key(files); });
}

}  // namespace
}  // namespace odsora
