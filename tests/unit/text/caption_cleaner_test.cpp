#include "text/caption_cleaner.h"

#include <gtest/gtest.h>

#include "odsora/odsora.h"

namespace odsora {
namespace {

// Expected values come from the same substitutions in Python's re.

TEST(CaptionCleaner, StripsAndLowersCase) {
  EXPECT_EQ(clean_caption("A  Red\tPANDA\n"), "a red panda");
  EXPECT_EQ(clean_caption(" \u00a0\u3000 "), "");
  EXPECT_EQ(clean_caption(""), "");
  EXPECT_EQ(clean_caption("Σ ÜBER"), "σ über");
}

TEST(CaptionCleaner, UnifiesQuotes) {
  EXPECT_EQ(clean_caption("“Hello” ‘you’ «a» `b´ ¨"), "\"hello\" 'you' \"a\" \"b\" \"");
}

TEST(CaptionCleaner, BlanksRunsOfSymbols) {
  EXPECT_EQ(clean_caption("C# & (x)[y]{z}|w\\v*u"), "c x y z w v u");
  EXPECT_EQ(clean_caption("one/two"), "one two");
  EXPECT_EQ(clean_caption("#©®•™@·º½¾¿¡§~"), "");
}

TEST(CaptionCleaner, PutsASpaceBetweenAMarkAndTheNextWord) {
  EXPECT_EQ(clean_caption("a cat,dog"), "a cat, dog");
  EXPECT_EQ(clean_caption("u.s.a"), "u. s. a");
  EXPECT_EQ(clean_caption("4K.Video"), "4k. video");
  EXPECT_EQ(clean_caption("é,à ДА.НЕТ"), "é, à да. нет");
  EXPECT_EQ(clean_caption("x.,y"), "x., y");
  EXPECT_EQ(clean_caption("a ,b"), "a , b");
}

TEST(CaptionCleaner, LeavesOtherMarksAlone) {
  EXPECT_EQ(clean_caption("3,000 sheep"), "3,000 sheep");    // behind a digit
  EXPECT_EQ(clean_caption("1.5.a"), "1.5.a");                // behind a digit
  EXPECT_EQ(clean_caption(".net"), ".net");                  // behind nothing
  EXPECT_EQ(clean_caption("end."), "end.");                  // before nothing
  EXPECT_EQ(clean_caption("a,\"b\" a.—b"), "a,\"b\" a.—b");  // before no word
  EXPECT_EQ(clean_caption("😀.😀 😀,b"), "😀.😀 😀, b");
}

TEST(CaptionCleaner, LeavesScoresAlone) {
  EXPECT_EQ(clean_caption("a dog aesthetic score: 6.5. motion score: 10.0."),
            "a dog aesthetic score: 6.5. motion score: 10.0.");
}

TEST(CaptionCleaner, RefusesInvalidUtf8) { EXPECT_THROW(clean_caption("caf\xe9"), Error); }

}  // namespace
}  // namespace odsora
