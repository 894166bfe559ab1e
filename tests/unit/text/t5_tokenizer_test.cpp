#include "text/t5_tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <random>
#include <sstream>
#include <string>

#include "golden/tokenizer_golden.h"
#include "odsora/odsora.h"

namespace odsora {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::filesystem::path kSpieceModel = ODSORA_SOURCE_FOLDER "/models/emoji-world/tokenizer/spiece.model";
constexpr int32_t kEnd = 1;
constexpr int32_t kUnknown = 2;

class T5TokenizerTest : public testing::Test {
 protected:
  T5TokenizerTest() : folder_(testing::TempDir() + "t5_tokenizer_" + std::to_string(getpid())) {
    std::filesystem::create_directories(folder_);
  }
  ~T5TokenizerTest() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path store(const std::string& bytes) const {
    const std::filesystem::path file = folder_ / "spiece.model";
    std::ofstream(file, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return file;
  }

  /// The error for such a file; fails unless it names the file and nothing reached the standard error stream.
  std::string refusal(const std::string& bytes) const {
    const std::filesystem::path file = store(bytes);
    testing::internal::CaptureStderr();
    std::string message = "accepted";
    try {
      const T5Tokenizer tokenizer(file);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kBadModel);
      EXPECT_THAT(error.what(), HasSubstr(file.string()));
      message = error.what();
    }
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
    return message;
  }

  static std::string good_bytes() {
    std::ifstream stream(kSpieceModel, std::ios::binary);
    std::ostringstream bytes;
    bytes << stream.rdbuf();
    return bytes.str();
  }

  const std::filesystem::path folder_;
};

TEST_F(T5TokenizerTest, EndsEverySequence) {
  const T5Tokenizer tokenizer(kSpieceModel);
  EXPECT_THAT(tokenizer.encode(""), ElementsAre(kEnd));
  EXPECT_THAT(tokenizer.encode(" "), ElementsAre(kEnd));
  const std::vector<int32_t> ids = tokenizer.encode("a red panda");
  EXPECT_GT(ids.size(), 1U);
  EXPECT_EQ(ids.back(), kEnd);
  for (const int32_t id : ids) EXPECT_LT(id, tokenizer.vocabulary_size());
}

TEST_F(T5TokenizerTest, TreatsRunsOfBlanksAsOne) {
  const T5Tokenizer tokenizer(kSpieceModel);
  EXPECT_EQ(tokenizer.encode("  a \t red\n panda "), tokenizer.encode("a red panda"));
}

TEST_F(T5TokenizerTest, UnknownCharactersBecomeTheUnknownToken) {
  const T5Tokenizer tokenizer(kSpieceModel);
  EXPECT_THAT(tokenizer.encode("中"), testing::Contains(kUnknown));
}

TEST_F(T5TokenizerTest, APromptCannotSpellSpecialTokens) {
  const T5Tokenizer tokenizer(kSpieceModel);
  const std::vector<int32_t> ids = tokenizer.encode("a </s> <pad> b");
  EXPECT_EQ(std::count(ids.begin(), ids.end(), kEnd), 1);
  EXPECT_EQ(std::count(ids.begin(), ids.end(), 0), 0);
}

TEST_F(T5TokenizerTest, CutsLongPromptsBeforeTheEnd) {
  const T5Tokenizer tokenizer(kSpieceModel);
  const std::vector<int32_t> whole = tokenizer.encode("a red panda over the ocean");
  const int length = static_cast<int>(whole.size());

  const TokenizedPrompt fits = tokenize_prompt(tokenizer, "a red panda over the ocean", length);
  EXPECT_EQ(fits.ids, whole);
  EXPECT_EQ(fits.dropped, 0);

  const TokenizedPrompt cut = tokenize_prompt(tokenizer, "a red panda over the ocean", 3);
  EXPECT_THAT(cut.ids, ElementsAre(whole[0], whole[1], kEnd));
  EXPECT_EQ(cut.dropped, length - 3);

  EXPECT_THAT(tokenize_prompt(tokenizer, "a red panda", 1).ids, ElementsAre(kEnd));
}

TEST_F(T5TokenizerTest, RefusesBrokenFiles) {
  EXPECT_THAT(refusal(""), HasSubstr("is empty"));
  EXPECT_THAT(refusal(std::string("\x00\x00", 2)), HasSubstr("without a valid number"));
  EXPECT_THAT(refusal("\x0a\x02\x0a"), HasSubstr("ends in the middle"));
  EXPECT_THAT(refusal(std::string("\x0a\x02\x0a\x00", 4)), HasSubstr("empty piece"));
  EXPECT_THAT(refusal("\x12\x02\x18\x02"), HasSubstr("model type 2"));
  EXPECT_THAT(refusal("\x0a\x03\x0a\x01z"), HasSubstr("cannot be used"));  // sound, but without <unk>
  EXPECT_THAT(refusal(good_bytes().substr(0, 100000)), HasSubstr("ends in the middle"));
  EXPECT_THAT(refusal(good_bytes().replace(good_bytes().find("</s>"), 4, "</t>")), HasSubstr("has no </s>"));
}

TEST_F(T5TokenizerTest, RefusesCharacterMapsThatPointOutside) {
  const auto with_map = [](const std::string& map) {
    std::string normalizer = "\x12" + std::string(1, static_cast<char>(map.size())) + map;
    return "\x1a" + std::string(1, static_cast<char>(normalizer.size())) + normalizer;
  };
  EXPECT_THAT(refusal(with_map("abc")), HasSubstr("without a size"));
  EXPECT_THAT(refusal(with_map(std::string("\xff\xff\xff\x7f____", 8))), HasSubstr("claims an index"));
  EXPECT_THAT(refusal(with_map(std::string("\x04\x00\x00\x00____x", 9))), HasSubstr("has no end"));
  EXPECT_THAT(refusal(with_map(std::string("\x04\x00\x00\x00____\x00", 9))), HasSubstr("points outside"));
}

TEST_F(T5TokenizerTest, SurvivesRandomDamage) {
  const std::string good = good_bytes();
  std::mt19937 random(1);
  for (int round = 0; round < 60; ++round) {
    std::string bytes = good;
    for (int i = 0; i < 20; ++i) bytes[random() % bytes.size()] = static_cast<char>(random());
    const std::filesystem::path file = store(bytes);
    try {
      EXPECT_EQ(T5Tokenizer(file).encode("a red panda, 3 ﬁne ½ 😀").back(), kEnd);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kBadModel);
    }
  }
}

TEST_F(T5TokenizerTest, RefusesMissingFilesAndFolders) {
  EXPECT_THROW(T5Tokenizer(folder_ / "absent"), Error);
  EXPECT_THROW(T5Tokenizer{folder_}, Error);
}

TEST_F(T5TokenizerTest, GoldenComparisonReportsMismatches) {
  std::filesystem::copy_file(kSpieceModel, folder_ / "spiece.model");
  std::ofstream(folder_ / "ids.json") << R"([{"text": "", "ids": [1]}, {"text": " ", "ids": [7, 1]}])";
  const TokenizerComparison comparison = compare_tokenizer(folder_);
  EXPECT_EQ(comparison.cases, 2);
  EXPECT_THAT(comparison.mismatches, ElementsAre("\" \": expected [7,1], found [1]"));
}

}  // namespace
}  // namespace odsora
