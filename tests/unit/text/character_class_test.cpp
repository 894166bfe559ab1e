#include "text/character_class.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string_view>

namespace odsora {
namespace {

TEST(CharacterClass, SpacesArePythons) {
  for (const char32_t space :
       std::u32string_view(U"\t\n\v\f\r\u001c\u001d\u001e\u001f \u0085\u00a0\u1680\u2000\u200a\u2028\u202f\u3000")) {
    EXPECT_TRUE(is_space(space)) << static_cast<uint32_t>(space);
  }
  EXPECT_FALSE(is_space(U'\u200b'));  // zero width space
  EXPECT_FALSE(is_space(U'\ufeff'));
  EXPECT_FALSE(is_space(U'a'));
}

TEST(CharacterClass, WordsAreLettersDigitsAndTheUnderscore) {
  for (const char32_t letter : std::u32string_view(U"azAZ09_éßйΩ中の½²ㇰ㈠")) {
    EXPECT_TRUE(is_word(letter)) << static_cast<uint32_t>(letter);
  }
  for (const char32_t sign : std::u32string_view(U" .,-/\u00a0×÷«»“”…—€→☃😀\u3000。、！㇀㈱㍿䷀")) {
    EXPECT_FALSE(is_word(sign)) << static_cast<uint32_t>(sign);
  }
  EXPECT_FALSE(is_word(0));
}

TEST(CharacterClass, LowerCaseKnowsTheEuropeanScripts) {
  EXPECT_EQ(lower_case(U"AZ az 09 [\\]^_`"), U"az az 09 [\\]^_`");
  EXPECT_EQ(lower_case(U"ÀÖ×ØÞß ÿŸ"), U"àö×øþß ÿÿ");
  EXPECT_EQ(lower_case(U"ĀāĮİıĲĸĹŇŉŊŶŹŽſ"), U"āāįi\u0307ıĳĸĺňŉŋŷźžſ");
  EXPECT_EQ(lower_case(U"ΆΈΊΌΎΏΑΡΣΫϏϴ"), U"άέίόύώαρσϋϗθ");
  EXPECT_EQ(lower_case(U"ЀЏАЯѠҀ҂ҊҾӀӁӎӏӐԮ"), U"ѐџаяѡҁ҂ҋҿӏӂӎӏӑԯ");
  EXPECT_EQ(lower_case(U"ẞẠỸＡＺ"), U"ßạỹａｚ");
}

}  // namespace
}  // namespace odsora
