#include "text/loop_prompt.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/expect_error.h"

namespace odsora {
namespace {

using testing::ElementsAre;

TEST(LoopPrompt, HoldsForAllClipsWithoutSegments) {
  EXPECT_THAT(prompts_of_clips("a |1| cat", 2), ElementsAre("a |1| cat", "a |1| cat"));
  EXPECT_THAT(prompts_of_clips("", 1), ElementsAre(""));
}

TEST(LoopPrompt, ChangesWithTheClip) {
  EXPECT_THAT(prompts_of_clips(" |0| a calm sea |2| a storm | rain |3|end", 5),
              ElementsAre("a calm sea", "a calm sea", "a storm | rain", "end", "end"));
  EXPECT_THAT(prompts_of_clips("|0|a|7|b", 2), ElementsAre("a", "a"));
}

TEST(LoopPrompt, RefusesSegmentsThatAreEmptyOrOutOfOrder) {
  const auto refused = [](const char* prompt, const char* sentence) {
    expect_error(ErrorCode::kInvalidArgument, {sentence}, [&] { prompts_of_clips(prompt, 4); });
  };
  refused("|0|", "prompt: expected words behind |0|, found nothing");
  refused("|0| a |1| |2| b", "expected words behind |1|");
  refused("|0| a |2| b |1| c", "expected a clip after 2 behind its segment, found |1|");
  refused("|0| a |0| b", "expected a clip after 0");
  refused("|0| a |99999999999999999999| b |99999999999999999999| c", "expected a clip after");
}

}  // namespace
}  // namespace odsora
