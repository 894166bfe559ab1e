#include "pipeline/prompt_cache.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "support/temporary_folder.h"

namespace odsora {
namespace {

namespace fs = std::filesystem;

constexpr Bytes kFrame = 64 + 32;  // an entry's header and checksum

PromptKey key_of(int number) {
  PromptKey key{};
  key.digest[0] = static_cast<std::byte>(number);
  key.digest[31] = std::byte{0xab};
  return key;
}

HostTensor embedding_of(float value, int64_t tokens = 3, int64_t channels = 4) {
  HostTensor tensor({tokens, channels});
  std::fill(tensor.values.begin(), tensor.values.end(), value);
  return tensor;
}

class PromptCacheTest : public testing::Test {
 protected:
  fs::path prompts() const { return folder_.path() / "cache" / "prompts"; }
  fs::path file_of(int number) const { return prompts() / (to_string(key_of(number).digest) + ".embedding"); }
  PromptCache cache(Bytes most_bytes = PromptCache::kMostBytes, int most_entries = PromptCache::kMostEntries) const {
    return {folder_.path() / "cache", most_bytes, most_entries};
  }

  bool holds(int number) const { return fs::exists(file_of(number)); }
  std::ptrdiff_t files() const { return std::distance(fs::directory_iterator(prompts()), fs::directory_iterator()); }

  void set_age(const fs::path& file, std::chrono::minutes age) const {
    fs::last_write_time(file, fs::file_time_type::clock::now() - age);
  }

  std::string content(int number) const {
    std::ifstream stream(file_of(number), std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  }
  void replace(int number, const std::string& content) const {
    folder_.write(fs::relative(file_of(number), folder_.path()).string(), content);
  }

  TemporaryFolder folder_;
};

TEST_F(PromptCacheTest, FindsWhatWasStoredToTheBit) {
  HostTensor embedding({2, 3}, {0.0F, -0.0F, 1e-42F, -3.5F, std::numeric_limits<float>::infinity(), 7.0F});
  EXPECT_FALSE(cache().find(key_of(1)));
  EXPECT_TRUE(cache().store(key_of(1), embedding));
  const std::optional<HostTensor> found = cache().find(key_of(1));
  ASSERT_TRUE(found);
  EXPECT_EQ(found->shape, embedding.shape);
  EXPECT_EQ(found->values, embedding.values);
  EXPECT_TRUE(std::signbit(found->values[1]));
  EXPECT_FALSE(cache().find(key_of(2)));
}

TEST_F(PromptCacheTest, ReplacesWhatTheKeyHad) {
  EXPECT_TRUE(cache().store(key_of(1), embedding_of(1)));
  EXPECT_TRUE(cache().store(key_of(1), embedding_of(2, 5, 2)));
  EXPECT_EQ(cache().find(key_of(1))->values, embedding_of(2, 5, 2).values);
  EXPECT_EQ(files(), 1);
}

TEST_F(PromptCacheTest, IsForTheUserAlone) {
  EXPECT_TRUE(cache().store(key_of(1), embedding_of(1)));
  EXPECT_EQ(fs::status(prompts()).permissions(), fs::perms::owner_all);
  EXPECT_EQ(fs::status(file_of(1)).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(PromptCacheTest, EveryDamagedByteIsAMissAndIsRepaired) {
  ASSERT_TRUE(cache().store(key_of(1), embedding_of(1)));
  const std::string good = content(1);
  ASSERT_EQ(good.size(), kFrame + 3 * 4 * sizeof(float));
  for (size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 1);
    replace(1, bad);
    EXPECT_FALSE(cache().find(key_of(1))) << "byte " << at;
  }
  EXPECT_TRUE(cache().store(key_of(1), embedding_of(1)));
  EXPECT_TRUE(cache().find(key_of(1)));
}

TEST_F(PromptCacheTest, EveryTruncatedOrLongerEntryIsAMiss) {
  ASSERT_TRUE(cache().store(key_of(1), embedding_of(1)));
  const std::string good = content(1);
  for (size_t size = 0; size < good.size(); ++size) {
    replace(1, good.substr(0, size));
    EXPECT_FALSE(cache().find(key_of(1))) << size << " bytes";
  }
  replace(1, good + "x");
  EXPECT_FALSE(cache().find(key_of(1)));
}

TEST_F(PromptCacheTest, AnEntryUnderAnotherNameIsAMiss) {
  ASSERT_TRUE(cache().store(key_of(1), embedding_of(1)));
  fs::copy_file(file_of(1), file_of(2));
  EXPECT_FALSE(cache().find(key_of(2)));
}

TEST_F(PromptCacheTest, AnotherShapeOfTheSameSizeIsAMiss) {
  ASSERT_TRUE(cache().store(key_of(1), embedding_of(1, 3, 4)));
  std::string swapped = content(1);
  std::swap_ranges(swapped.begin() + 48, swapped.begin() + 56, swapped.begin() + 56);
  replace(1, swapped);
  EXPECT_FALSE(cache().find(key_of(1)));
}

TEST_F(PromptCacheTest, AFolderInPlaceOfAnEntryIsAMiss) {
  fs::create_directories(file_of(1) / "inner");
  EXPECT_FALSE(cache().find(key_of(1)));
  EXPECT_FALSE(cache().store(key_of(1), embedding_of(1)));
  EXPECT_TRUE(cache().store(key_of(2), embedding_of(1)));
}

TEST_F(PromptCacheTest, RemovesWhatWasUsedLongestAgo) {
  const PromptCache small = cache(PromptCache::kMostBytes, 3);
  for (const int number : {1, 2, 3}) {
    ASSERT_TRUE(small.store(key_of(number), embedding_of(1)));
    set_age(file_of(number), std::chrono::minutes(10 - number));
  }
  EXPECT_TRUE(small.find(key_of(1)));  // now the one used last
  EXPECT_TRUE(small.store(key_of(3), embedding_of(2)));
  EXPECT_TRUE(holds(1) && holds(2) && holds(3)) << "replacing needs no room";
  EXPECT_TRUE(small.store(key_of(4), embedding_of(1)));
  EXPECT_TRUE(holds(1) && !holds(2) && holds(3) && holds(4));
}

TEST_F(PromptCacheTest, StaysWithinItsBytes) {
  const Bytes entry = kFrame + 3 * 4 * sizeof(float);
  const PromptCache small = cache(2 * entry + 10, 100);
  for (const int number : {1, 2}) {
    ASSERT_TRUE(small.store(key_of(number), embedding_of(1)));
    set_age(file_of(number), std::chrono::minutes(10 - number));
  }
  EXPECT_TRUE(small.store(key_of(3), embedding_of(1)));
  EXPECT_TRUE(!holds(1) && holds(2) && holds(3));
  EXPECT_TRUE(small.store(key_of(4), embedding_of(1, 6, 4)));
  EXPECT_TRUE(!holds(2) && !holds(3) && holds(4));
  EXPECT_FALSE(small.store(key_of(5), embedding_of(1, 60, 4))) << "larger than the cache";
  EXPECT_TRUE(holds(4));
}

TEST_F(PromptCacheTest, LeavesOtherFilesAloneButNotThoseOfCrashes) {
  ASSERT_TRUE(cache().store(key_of(1), embedding_of(1)));
  const fs::path other = folder_.write("cache/prompts/README", "mine");
  const fs::path crashed = folder_.write("cache/prompts/.unfinished-abcdef", "x");
  const fs::path running = folder_.write("cache/prompts/.unfinished-ghijkl", "x");
  set_age(other, std::chrono::hours(100));
  set_age(crashed, std::chrono::hours(2));
  EXPECT_TRUE(cache(PromptCache::kMostBytes, 1).store(key_of(2), embedding_of(1)));
  EXPECT_TRUE(fs::exists(other) && !fs::exists(crashed) && fs::exists(running));
  EXPECT_TRUE(!holds(1) && holds(2));
}

TEST_F(PromptCacheTest, RefusesWhatIsNoEmbedding) {
  EXPECT_FALSE(cache().store(key_of(1), HostTensor({4})));
  EXPECT_FALSE(cache().store(key_of(1), HostTensor({0, 4})));
  EXPECT_FALSE(cache().store(key_of(1), HostTensor({2, 2}, {1.0F})));
  EXPECT_FALSE(cache(PromptCache::kMostBytes, 0).store(key_of(1), embedding_of(1)));
}

TEST_F(PromptCacheTest, WritersAndReadersAtTheSameTimeSeeWholeEntries) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 60;
  std::atomic<int> torn{0};
  std::atomic<int> found{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      const PromptCache small = cache(PromptCache::kMostBytes, 2);  // one of the three keys is always on its way out
      for (int round = 0; round < kRounds; ++round) {
        const int number = (t + round) % 3;
        small.store(key_of(number), embedding_of(static_cast<float>(number), 50, 20));
        const std::optional<HostTensor> read = small.find(key_of((number + 1) % 3));
        if (!read) continue;
        ++found;
        if (read->values != embedding_of(static_cast<float>((number + 1) % 3), 50, 20).values) ++torn;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(torn, 0);
  EXPECT_GT(found, 0);
  for (const auto& item : fs::directory_iterator(prompts())) {
    EXPECT_EQ(item.path().extension(), ".embedding") << item.path();
  }
}

TEST_F(PromptCacheTest, TroubleWithTheDiskIsAMiss) {
  const PromptCache none(std::nullopt, PromptCache::kMostBytes, PromptCache::kMostEntries);
  EXPECT_FALSE(none.store(key_of(1), embedding_of(1)));
  EXPECT_FALSE(none.find(key_of(1)));
  for (const fs::path& folder : {folder_.write("file", ""), fs::path("/proc/odsora"), fs::path("/dev/null")}) {
    const PromptCache broken(folder, PromptCache::kMostBytes, PromptCache::kMostEntries);
    EXPECT_FALSE(broken.store(key_of(1), embedding_of(1))) << folder;
    EXPECT_FALSE(broken.find(key_of(1))) << folder;
  }
}

TEST_F(PromptCacheTest, AFolderWithoutTheRightToWriteIsStillRead) {
  if (::geteuid() == 0) GTEST_SKIP() << "root may write everywhere";
  ASSERT_TRUE(cache().store(key_of(1), embedding_of(1)));
  fs::permissions(prompts(), fs::perms::owner_read | fs::perms::owner_exec);
  EXPECT_FALSE(cache().store(key_of(2), embedding_of(1)));
  EXPECT_TRUE(cache().find(key_of(1)));
  fs::permissions(prompts(), fs::perms::owner_all);
}

/// Sets a variable, or unsets it, until the test ends.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    set(value);
  }
  ~Variable() { set(old_ ? old_->c_str() : nullptr); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

  void set(const char* value) { value == nullptr ? ::unsetenv(name_) : ::setenv(name_, value, 1); }

 private:
  const char* name_;
  std::optional<std::string> old_;
};

TEST(DefaultCacheFolder, FollowsTheEnvironment) {
  Variable own("ODSORA_CACHE_DIR", "mine");
  Variable caches("XDG_CACHE_HOME", "/caches");
  Variable home("HOME", "/home/me");
  EXPECT_EQ(default_cache_folder(), fs::path("mine"));
  own.set("");
  EXPECT_EQ(default_cache_folder(), fs::path("/caches/odsora"));
  caches.set("relative");
  EXPECT_EQ(default_cache_folder(), fs::path("/home/me/.cache/odsora"));
  caches.set(nullptr);
  home.set(nullptr);
  EXPECT_EQ(default_cache_folder(), std::nullopt);
}

}  // namespace
}  // namespace odsora
