#include "text/loop_prompt.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "odsora/odsora.h"

namespace odsora {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string refusal(std::string_view prompt) {
  try {
    prompts_of_clips(prompt, 2);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    return error.what();
  }
  return "nothing was thrown";
}

TEST(LoopPrompt, OneTextServesAllClips) {
  EXPECT_THAT(prompts_of_clips("a dog", 3), ElementsAre("a dog", "a dog", "a dog"));
  EXPECT_THAT(prompts_of_clips("", 1), ElementsAre(""));
}

TEST(LoopPrompt, SegmentsServeUntilTheNextOne) {
  EXPECT_THAT(prompts_of_clips("|0| a street |2| rain |3| a rainbow", 5),
              ElementsAre("a street", "a street", "rain", "a rainbow", "a rainbow"));
  EXPECT_THAT(prompts_of_clips("|0|a|1|b", 2), ElementsAre("a", "b"));
  EXPECT_THAT(prompts_of_clips("|0|a|07|b", 8), ElementsAre("a", "a", "a", "a", "a", "a", "a", "b"));
}

TEST(LoopPrompt, SegmentsBehindTheLastClipServeNone) {
  EXPECT_THAT(prompts_of_clips("|0| a |1| b |9999| c", 1), ElementsAre("a"));
  EXPECT_THAT(prompts_of_clips("|0| a |1| b |9999| c", 2), ElementsAre("a", "b"));
}

TEST(LoopPrompt, SegmentsLoseOuterBlanks) {
  EXPECT_THAT(prompts_of_clips("|0|\u00a0 a  cat\t|1|\n b \u3000", 2), ElementsAre("a  cat", "b"));
}

TEST(LoopPrompt, OtherBarsAreText) {
  EXPECT_THAT(prompts_of_clips("a |0| b |1| c", 2), ElementsAre("a |0| b |1| c", "a |0| b |1| c"));
  EXPECT_THAT(prompts_of_clips(" |0| b", 1), ElementsAre(" |0| b"));
  EXPECT_THAT(prompts_of_clips("|1| b", 1), ElementsAre("|1| b"));
  EXPECT_THAT(prompts_of_clips("|0 b", 1), ElementsAre("|0 b"));
  EXPECT_THAT(prompts_of_clips("|0| a || b |x| c |1 d |-1| e |1| f|", 2),
              ElementsAre("a || b |x| c |1 d |-1| e", "f|"));
  EXPECT_THAT(prompts_of_clips("|0| a |1|1| b", 2), ElementsAre("a", "1| b"));
}

TEST(LoopPrompt, RefusesNumbersThatDoNotGrow) {
  EXPECT_EQ(refusal("|0| a |2| b |1| c"), "prompt: expected clip numbers that grow, found |1| behind |2|");
  EXPECT_EQ(refusal("|0| a |0| b"), "prompt: expected clip numbers that grow, found |0| behind |0|");
}

TEST(LoopPrompt, RefusesEmptySegments) {
  EXPECT_EQ(refusal("|0|"), "prompt: expected a text behind |0|, found nothing");
  EXPECT_EQ(refusal("|0| a |1| \t|2| b"), "prompt: expected a text behind |1|, found nothing");
  EXPECT_EQ(refusal("|0||1| b"), "prompt: expected a text behind |0|, found nothing");
}

TEST(LoopPrompt, RefusesLargeNumbers) {
  EXPECT_THAT(refusal("|0| a |10000| b"),
              HasSubstr("clip numbers up to 9999 between '|', found a larger one behind |0|"));
  EXPECT_THAT(refusal("|0| a |5| b |99999999999999999999999| c"), HasSubstr("found a larger one behind |5|"));
}

TEST(LoopPrompt, RefusesInvalidUtf8InSegments) { EXPECT_THAT(refusal("|0| caf\xe9"), HasSubstr("not valid UTF-8")); }

TEST(LoopPrompt, ReadsALargePrompt) {
  std::string prompt = "|0|";
  for (int i = 0; i < 100'000; ++i) prompt += "a|12345 ";
  EXPECT_EQ(prompts_of_clips(prompt + " a", 1).size(), 1U);
}

}  // namespace
}  // namespace odsora
