#include "text/html_text.h"

#include <gtest/gtest.h>

namespace odsora {
namespace {

// Expected values come from Python's html.parser, but for the cases of quotes and CDATA sections.

TEST(HtmlText, DropsMarkup) {
  EXPECT_EQ(text_of_html(U"a <b>c</b><br/> d</p x>"), U"a c d");
  EXPECT_EQ(text_of_html(U"a<!-- > - ->--b--->c<!doctype html>d<?php x?>e</>f</3>g<!x>"), U"acdefg");
  EXPECT_EQ(text_of_html(U"a<![cdata[b]]>c"), U"ac");
}

TEST(HtmlText, OtherAnglesAreText) {
  for (const char32_t* text : {U"a < b > c", U"<3", U"<", U"a <", U"<é>", U"<<", U"<-"}) {
    EXPECT_EQ(text_of_html(text), text);
  }
}

TEST(HtmlText, QuotesBehindAnEqualsSignHideAngles) {
  EXPECT_EQ(text_of_html(U"<a b=\">\" c = '>' d>x"), U"x");
  EXPECT_EQ(text_of_html(U"<a \">\">x"), U"\">x");
  EXPECT_EQ(text_of_html(U"<a=\">\">x"), U"\">x");
}

TEST(HtmlText, UnclosedMarkupIsText) {
  EXPECT_EQ(text_of_html(U"a <b c"), U"a <b c");
  EXPECT_EQ(text_of_html(U"<a b=\"c>d <i>e</i>"), U"<a b=\"c>d e");
  EXPECT_EQ(text_of_html(U"<!-- a <b>c</b>"), U"<!-- a <b>c");
  EXPECT_EQ(text_of_html(U"</a <b"), U"</a <b");
}

TEST(HtmlText, DropsScriptAndStyle) {
  EXPECT_EQ(text_of_html(U"a<script x='y'>if (a<b) </b></style></ SCRIPT >c"), U"ac");
  EXPECT_EQ(text_of_html(U"a<style>b</script>c"), U"a");
  EXPECT_EQ(text_of_html(U"a<script/>b<scripts>c"), U"abc");
}

TEST(HtmlText, DecodesReferencesWithinOneText) {
  EXPECT_EQ(text_of_html(U"&lt;b&gt; &eacute;"), U"<b> \u00e9");
  EXPECT_EQ(text_of_html(U"&am<b>p;"), U"&amp;");
}

}  // namespace
}  // namespace odsora
