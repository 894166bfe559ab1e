#include "text/utf8.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "odsora/odsora.h"

namespace odsora {
namespace {

using testing::HasSubstr;

std::string refusal(std::string_view bytes) {
  try {
    decode_utf8(bytes);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    return error.what();
  }
  return "accepted";
}

TEST(Utf8, RoundTripsTheEdgesOfEveryLength) {
  const std::u32string edges = {0x0, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff};
  EXPECT_EQ(decode_utf8(encode_utf8(edges)), edges);
  EXPECT_EQ(encode_utf8(U"é€😀"), "é€😀");
  EXPECT_EQ(decode_utf8("é€😀"), U"é€😀");
}

TEST(Utf8, NamesTheByteThePositionAndTheReason) {
  EXPECT_EQ(refusal("a panda\xff"), "the prompt is not valid UTF-8: byte 0xff at position 7 cannot begin a character");
}

TEST(Utf8, RefusesWhatTheStandardForbids) {
  EXPECT_THAT(refusal("\x80"), HasSubstr("cannot begin"));
  EXPECT_THAT(refusal("\xc0\x80"), HasSubstr("overlong"));
  EXPECT_THAT(refusal("\xc1\xbf"), HasSubstr("overlong"));
  EXPECT_THAT(refusal("\xe0\x9f\xbf"), HasSubstr("overlong"));
  EXPECT_THAT(refusal("\xf0\x8f\xbf\xbf"), HasSubstr("overlong"));
  EXPECT_THAT(refusal("\xed\xa0\x80"), HasSubstr("surrogate"));
  EXPECT_THAT(refusal("\xed\xbf\xbf"), HasSubstr("surrogate"));
  EXPECT_THAT(refusal("\xf4\x90\x80\x80"), HasSubstr("beyond"));
  EXPECT_THAT(refusal("\xf8\x88\x80\x80\x80"), HasSubstr("cannot begin"));
  EXPECT_THAT(refusal("ab\xe2\x82"), HasSubstr("0xe2 at position 2 begins a character that is cut off"));
  EXPECT_THAT(refusal("\xe2\x82z"), HasSubstr("cut short"));
}

TEST(Utf8, LenientDecodingReplacesLongestBeginnings) {
  EXPECT_EQ(decode_utf8_leniently("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"), U"a\u00e9\u20ac\U0001f600");
  EXPECT_EQ(decode_utf8_leniently("\xff\x80z"), U"\ufffd\ufffdz");
  EXPECT_EQ(decode_utf8_leniently("\xe2\x82z\xf0\x9f\x98"), U"\ufffdz\ufffd");
  EXPECT_EQ(decode_utf8_leniently("\xc0\xaf\xe0\x80\x80"), U"\ufffd\ufffd\ufffd\ufffd\ufffd");  // overlong
  EXPECT_EQ(decode_utf8_leniently("\xed\xa0\x80\xed\x9f\xbf"), U"\ufffd\ufffd\ufffd\ud7ff");    // a surrogate
  EXPECT_EQ(decode_utf8_leniently("\xf4\x90\x80\x80\xf5"), U"\ufffd\ufffd\ufffd\ufffd\ufffd");  // beyond U+10FFFF
}

}  // namespace
}  // namespace odsora
