#include "text/caption_cleaner.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

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
  EXPECT_EQ(clean_caption("x “Hello” ‘you’ «a» `b´ ¨"), "x \"hello\" 'you' \"a\" \"b\" \"");
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
  EXPECT_EQ(clean_caption(".net x"), ".net x");              // behind nothing
  EXPECT_EQ(clean_caption("end."), "end.");                  // before nothing
  EXPECT_EQ(clean_caption("a,\"b\" a.…b"), "a,\"b\" a.…b");  // before no word
  EXPECT_EQ(clean_caption("😀.😀 😀,b"), "😀.😀 😀, b");
}

TEST(CaptionCleaner, LeavesScoresAlone) {
  EXPECT_EQ(clean_caption("a dog aesthetic score: 6.5. motion score: 10.0."),
            "a dog aesthetic score: 6.5. motion score: 10.0.");
}

struct Case {
  int step;  // that the case is about
  const char* caption;
  const char* cleaned;  // by all steps, twice
};

constexpr Case kCases[] = {
    {1, "a+red+panda", "a red panda"},
    {1, "caf%C3%A9 noir", "café noir"},
    {1, "100% wool, 5%", "100% wool, 5%"},
    {1, "%e2%80%9chi%E2%80%9d %zz", "\"hi\" %zz"},
    {1, "x%ffy %e2%82 z", "x�y � z"},
    {1, "2%2b2 %2525", "2 2 %"},
    {2, "  A Red\u00a0Panda \n", "a red panda"},
    {2, "ÀÉÎ ДА Ω", "àéî да ω"},
    {2, "\u3000HELLO\u2003", "hello"},
    {3, "<person> on a bike", "person on a bike"},
    {3, "a <PERSON>'s dog", "a person's dog"},
    {3, "<persons> walk", "walk"},
    {4, "see http://example.com/a/b_c-d/ now", "see now"},
    {4, "https:x and http: y", "and http: y"},
    {4, "shop.co.uk or my-site.org?q", ".uk or ?q"},
    {4, "me.com@home us.net/@x", "me. com"},
    {4, "www:a and www:// b", "and b"},
    {4, "a.it rains, b.items sold", "rains, sold"},
    {4, "www.cats.com/big.html", ""},
    {4, "the .com boom", "the com boom"},
    {4, "https:////four", "four"},
    {4, "éa.com xhttp:/y", "éa. com xhttp: y"},
    {5, "a <b>big</b> dog<br/>runs", "a big dogruns"},
    {5, "a < b and i <3 you", "a < b and i <3 you"},
    {5, "x<!-- gone > too -->y", "xy"},
    {5, "<script>alert(1)</script>a cat<style>p{}</style >", "a cat"},
    {5, "<a href=\"x>y\" title='>'>link</a> end", "link end"},
    {5, "fish &amp; chips &lt;raw&gt;", "fish chips"},
    {5, "caf&eacute; &copy 2020 &notit; &nosuch;", "café 2020 ¬it; nosuch;"},
    {5, "it&#39;s &#x41; &#150; &#x20ac;&#128;", "it's a - €€"},
    {5, "a<!doctype html><?php x ?>b", "ab"},
    {5, "an <unclosed tag", "an <unclosed tag"},
    {5, "a <script>never closed", "a"},
    {5, "&#0;&#xd800;&#1114112;&#x1;", "���"},
    {5, "a <b=\"x> c > d", "a c > d"},
    {6, "photo by @some_one!", "photo by !"},
    {6, "@ home, me@work", "home, me"},
    {6, "@été @123", ""},
    {7, "a 猫 cat", "a cat"},
    {7, "㈱㌀䷀ x ぁ", "x ぁ"},
    {7, "中文", ""},
    {8, "day — night", "day - night"},
    {8, "a–—―-b", "a-b"},
    {8, "1〜2 ﹣ －", "1-2"},
    {9, "“so” ‘it’ «is» `he´ ¨ said", "\"so\" 'it' \"is\" \"he\" \" said"},
    {9, "rock ’n’ roll stars", "rock 'n' roll stars"},
    {9, "the ´60s", "the \"60s"},
    {10, "a &amp;quot;b&amp;quot c", "a b c"},
    {10, "x &amp;amp; y", "x ; y"},
    {10, "a &amp;amplifier", "a lifier"},
    {11, "at 192.168.0.1 now", "at now"},
    {11, "v1.2.3.4567x", "v 7x"},
    {11, "a clip 1:23 @me", "a clip"},
    {11, "at 12:34 &copy;", "at 12:34"},
    {11, "at 1:23", "at 1:23"},
    {11, "one\\ntwo", "one two"},
    {11, "1.2.3 go", "1.2.3 go"},
    {12, "item #12 here", "item here"},
    {12, "item #1234 here", "item 1234 here"},
    {12, "item #12345 here", "item here"},
    {12, "number 123456 or 12345", "number or 12345"},
    {12, "#12a #123456b", "12a 123456b"},
    {12, "1234567x 1,234,567", "1234567x 1,234,567"},
    {12, "id 1234567.", "id ."},
    {13, "img_20.jpg on a beach", "on a beach"},
    {13, "see a/b/c.PNG, d", "see , d"},
    {13, "x.jpegs y.mp4.webp z", "s z"},
    {13, ".png alone", ". alone"},
    {13, "a.pdf b.txt", "b. txt"},
    {14, "a \"\"b\"\" '\"c", "a \"b\" \"c"},
    {14, "wait... what", "wait what"},
    {14, "a .. b. c", "a b. c"},
    {14, "it''s", "it\"s"},
    {15, "C# & (x)[y]{z}|w", "c x y z w"},
    {15, "½ • © ™ a·b", "a b"},
    {15, "one/two*three~four", "one two three four"},
    {16, "a . b", "a b"},
    {16, "a .b", "a b"},
    {16, "a. b . . c", "a. b c"},
    {17, "a-b_c-d", "a-b_c-d"},
    {17, "a-b_c-d_e", "a b c d e"},
    {17, "-a- _b_", "a b"},
    {18, "&amp;lt;b&amp;gt; x", "lt;b gt; x"},
    {18, "a &amp;amp;hellip; b", "a ;hellip; b"},
    {18, "x&amp;nbsp;y", "x nbsp;y"},
    {18, "tom &amp;#38; jerry", "tom ; jerry"},
    {19, "jc6640 car", "car"},
    {19, "abcd1234 car ab12", "abcd1234 car ab12"},
    {19, "jc6640vc and 6640vc231", "and"},
    {19, "a 4k 3d b2b x", "a 4k 3d x"},
    {19, "ab_123 abc1234567890123456", "ab_123 abc1234567890123456"},
    {19, "ж12345 x", "ж12345 x"},
    {20, "worldwide free  shipping mugs", "mugs"},
    {20, "free download free now", "now"},
    {20, "click for more or click on it", "or"},
    {20, "png images, a jpeg image", "a"},
    {20, "epsilon", "ilon"},
    {20, "page 12 of a webpage 3, page 3b", "of a age 3, page 3b"},
    {20, "downloads of a relationshipping", "s of a relation"},
    {20, "clicking on it, click in it", "clicking on it, click in it"},
    {21, "a j2d1a2a b", "a b"},
    {21, "12ab3c4 x", "x"},
    {21, "a1b2 c3d4e", ""},
    {21, "x a1_b2c3", "x a1_b2c3"},
    {22, "box 10×20 wide", "box wide"},
    {22, "1.5×2.5cm and 3×4cm", "5cm and 3×4cm"},
    {22, "2х4 wood, 1.×2.", "wood, ."},
    {22, "10 × 20", "10 × 20"},
    {22, "10x20 x", "x"},
    {22, "v1.5×2, 7×8", "v1."},
    {23, "title : name", "title: name"},
    {23, "a :b c: d", "a :b c: d"},
    {23, "x ! : y", "x ! : y"},
    {24, "cat,dog.bird/fish", "cat, dog. bird fish"},
    {24, "3,000 or 1.5", "3,000 or 1.5"},
    {24, "a,\"b\" ,c", "a,\"b\" , c"},
    {25, "a \t b\n\nc", "a b c"},
    {25, "a\u2003\u00a0b", "a b"},
    {25, "a\034b\302\205c", "a b c"},
    {26, "\"a quoted text\"", "a quoted text"},
    {26, "'mixed quotes\"", "mixed quotes"},
    {26, "-a list item", "a list item"},
    {26, "a title:", "a title"},
    {26, "a + b +", "a b"},
    {26, ".hidden", ""},
    {26, "a full stop.", "a full stop."},
    {26, "; :,a_", ", a"},
    {26, ".a b", ".a b"},
    {26, "''", "\""},
    {27, "( a dog )", "a dog"},
    {27, "@me a dog @you", "a dog"},
    {27, "#1 #2", ""},
};

TEST(CaptionCleaner, EachStepDoesWhatItsRuleSays) {
  for (const Case& row : kCases) EXPECT_EQ(clean_caption(row.caption), row.cleaned) << row.step << ": " << row.caption;
}

// No step may be quadratic in any of these.
TEST(CaptionCleaner, HostileCaptionsTakeLinearTime) {
  constexpr size_t kSize = 200'000;
  const auto begin = std::chrono::steady_clock::now();
  for (const std::string unit :
       {"http://", "a.b.", "a.co-", "a.com@", "<",  "<a b=\">\"", "<!-- >", "</ ",   "&#",   "%e2",
        "((",      "..",   " ",     "a1",     "#1", "1.1×",       "free ",  "page ", ".png", "worldwide free "}) {
    std::string caption = "x";
    while (caption.size() < kSize) caption += unit;
    EXPECT_LE(clean_caption(caption).size(), 2 * caption.size()) << unit;
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(30));
}

TEST(CaptionCleaner, RefusesInvalidUtf8) { EXPECT_THROW(clean_caption("caf\xe9"), Error); }

}  // namespace
}  // namespace odsora
