#include "text/character_references.h"

#include <gtest/gtest.h>

namespace odsora {
namespace {

// Expected values come from Python's html.unescape.

TEST(CharacterReferences, DecodesNames) {
  EXPECT_EQ(decode_character_references(U"&aacute;&zwnj;&thetasym;&lt;&apos;&frac34;&there4;"),
            U"\u00e1\u200c\u03d1<'\u00be\u2234");
  EXPECT_EQ(decode_character_references(U"&amp;amp;"), U"&amp;");
}

TEST(CharacterReferences, OldNamesGoWithoutSemicolon) {
  EXPECT_EQ(decode_character_references(U"&copy2024 &ampx &notit; &sup3 &gt"), U"\u00a92024 &x \u00acit; \u00b3 >");
  EXPECT_EQ(decode_character_references(U"&mdash x &apos x &notin;"), U"&mdash x &apos x \u2209");
}

TEST(CharacterReferences, DecodesNumbers) {
  EXPECT_EQ(decode_character_references(U"&#65;&#x4a;&#X4Ab&#66c&#128512;"), U"AJ\u04abBc\U0001f600");
}

TEST(CharacterReferences, ReplacesNumbersThatNameNoCharacter) {
  EXPECT_EQ(decode_character_references(U"&#0;&#xd800;&#x110000;&#99999999999999999999;"), U"\ufffd\ufffd\ufffd\ufffd");
  EXPECT_EQ(decode_character_references(U"&#128;&#x96;&#159;&#129;"), U"\u20ac\u2013\u0178\u0081");
  EXPECT_EQ(decode_character_references(U"a&#1;&#127;&#xfdd0;&#x1ffff;&#11;b&#9;&#13;"), U"ab\t\r");
}

TEST(CharacterReferences, LeavesTheRest) {
  for (const char32_t* text : {U"&", U"a & b", U"&#", U"&#x", U"&#xg;", U"&;", U"&nosuch;", U"&&", U"&Eacute;"}) {
    EXPECT_EQ(decode_character_references(text), text);
  }
  EXPECT_EQ(decode_character_references(U""), U"");
}

}  // namespace
}  // namespace odsora
