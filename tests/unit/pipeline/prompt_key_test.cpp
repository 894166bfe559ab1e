#include "pipeline/prompt_key.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "support/expect_error.h"
#include "support/temporary_folder.h"

namespace odsora {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMebi = size_t{1} << 20;

/// An encoder of two files, one of them larger than what is sampled.
class PromptKeyTest : public testing::Test {
 protected:
  PromptKeyTest() {
    write("model.safetensors", std::string(3 * kMebi, 'w'));
    write("config.json", "{}");
  }

  /// The time of change stays what it was at first, unless a test sets it.
  fs::path write(const std::string& name, const std::string& content) {
    const fs::path file = folder_.write(name, content);
    fs::last_write_time(file, time_);
    return file;
  }

  PromptKey key() const { return make_prompt_key(tokens_, DType::kBF16, files_, "AVX-512"); }

  TemporaryFolder folder_;
  fs::file_time_type time_ = fs::file_time_type::clock::now() - std::chrono::hours(1);
  std::vector<int32_t> tokens_ = {3, 9, 1};
  std::vector<fs::path> files_ = {folder_.path() / "model.safetensors", folder_.path() / "config.json"};
};

TEST_F(PromptKeyTest, IsTheSameForTheSame) {
  const PromptKey first = key();
  EXPECT_EQ(key(), first);
  std::swap(files_[0], files_[1]);
  EXPECT_EQ(key(), first);
}

TEST_F(PromptKeyTest, TellsTokensApart) {
  const PromptKey first = key();
  for (const std::vector<int32_t>& tokens :
       {std::vector<int32_t>{}, {3, 9}, {3, 9, 2}, {9, 3, 1}, {3, 9, 1, 0}, {3, 9, -1}}) {
    tokens_ = tokens;
    EXPECT_NE(key(), first) << testing::PrintToString(tokens);
  }
}

TEST_F(PromptKeyTest, TellsWaysOfComputingApart) {
  const PromptKey first = key();
  EXPECT_NE(make_prompt_key(tokens_, DType::kF32, files_, "AVX-512"), first);
  EXPECT_NE(make_prompt_key(tokens_, DType::kBF16, files_, "AVX2"), first);
}

TEST_F(PromptKeyTest, TellsEncodersApart) {
  const PromptKey first = key();
  const std::string weights(3 * kMebi, 'w');

  std::string other = weights;
  other[kMebi - 1] = 'x';
  write("model.safetensors", other);
  EXPECT_NE(key(), first) << "the last byte of the first mebibyte";
  other = weights;
  other[2 * kMebi] = 'x';
  write("model.safetensors", other);
  EXPECT_NE(key(), first) << "the first byte of the last mebibyte";
  write("model.safetensors", weights + "w");
  EXPECT_NE(key(), first) << "the size";
  write("model.safetensors", weights);
  EXPECT_EQ(key(), first);

  fs::last_write_time(files_[0], time_ + std::chrono::microseconds(1));
  EXPECT_NE(key(), first) << "the time of change";
  write("model.safetensors", weights);

  write("config.json", "[]");
  EXPECT_NE(key(), first) << "a small file";
  write("config.json", "{}");

  fs::rename(files_[1], folder_.path() / "renamed.json");
  files_[1] = folder_.path() / "renamed.json";
  EXPECT_NE(key(), first) << "a name";
  files_.pop_back();
  EXPECT_NE(key(), first) << "a file less";
}

TEST_F(PromptKeyTest, DoesNotCareWhereTheEncoderIs) {
  const PromptKey first = key();
  for (fs::path& file : files_) {
    fs::create_directories(folder_.path() / "moved");
    const fs::path moved = folder_.path() / "moved" / file.filename();
    fs::rename(file, moved);
    file = moved;
  }
  EXPECT_EQ(key(), first);
}

TEST_F(PromptKeyTest, AMissingFileIsABadModel) {
  files_.push_back(folder_.path() / "missing");
  expect_bad_model({"missing"}, [&] { key(); });
}

}  // namespace
}  // namespace odsora
