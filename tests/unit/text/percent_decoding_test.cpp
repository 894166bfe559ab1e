#include "text/percent_decoding.h"

#include <gtest/gtest.h>

namespace odsora {
namespace {

// Expected values come from Python's urllib.parse.unquote_plus.

TEST(PercentDecoding, DecodesBytesAsUtf8) {
  EXPECT_EQ(decode_percents(U"a+b%20c%2B%c3%A9%F0%9f%98%80"), U"a b c+\u00e9\U0001f600");
  EXPECT_EQ(decode_percents(U"%00"), std::u32string(1, U'\0'));
}

TEST(PercentDecoding, DecodesOnce) { EXPECT_EQ(decode_percents(U"%2541"), U"%41"); }

TEST(PercentDecoding, OtherPercentsStay) { EXPECT_EQ(decode_percents(U"5% %4 %zz %4g %%41 %"), U"5% %4 %zz %4g %A %"); }

TEST(PercentDecoding, ReplacesWhatIsNotUtf8) {
  EXPECT_EQ(decode_percents(U"%ff %e2%82x %c3\u00a9"), U"\ufffd \ufffdx \ufffd\u00a9");
}

}  // namespace
}  // namespace odsora
