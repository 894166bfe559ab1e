#include "base/byte_size.h"

#include <gtest/gtest.h>

#include <limits>

#include "support/expect_error.h"

namespace odsora {
namespace {

constexpr Bytes kMostBytes = std::numeric_limits<Bytes>::max();

TEST(ParseByteSize, ReadsWhatPeopleWrite) {
  const std::pair<std::string_view, Bytes> cases[] = {
      {"0", 0},
      {"1000000", 1'000'000},
      {"300M", 300'000'000},
      {"3.3G", 3'300'000'000},
      {"3.3g", 3'300'000'000},
      {"1.5 GB", 1'500'000'000},
      {"12  kb", 12'000},
      {"2Gi", Bytes{2} << 30},
      {"2GiB", Bytes{2} << 30},
      {"512Ki", 512 * 1024},
      {"512kib", 512 * 1024},
      {"0.5Mi", 512 * 1024},
      {".5K", 500},
      {"1T", 1'000'000'000'000},
      {"1Ti", Bytes{1} << 40},
      {"64 B", 64},
      {"64b", 64},
      {"1.0000000000000000000001K", 1000},
      {"0.0006K", 1},
      {"18446744073709551615", kMostBytes},
      {"18446744.073709551615T", kMostBytes},
  };
  for (const auto& [text, bytes] : cases) EXPECT_EQ(parse_byte_size(text), bytes) << text;
}

TEST(ParseByteSize, RefusesTheRestInOneSentence) {
  for (const std::string text :
       {"",   " ",     "G",    "-1", "-1G", "+1",   "nan",  "inf", "1e9", "0x10", "1.5", "1.5B", "1.",    "1.G", ".",
        ".G", "1..5G", "1,5G", "5X", "5Gx", "5GBB", "5Gii", "5i",  "5iB", " 5G",  "5G ", "5 ",   "5 G B", "5\nG"}) {
    SCOPED_TRACE(text);
    expect_error(ErrorCode::kInvalidArgument, {"expected an amount of memory", "found \""},
                 [&] { parse_byte_size(text); });
  }
}

TEST(ParseByteSize, RefusesWhatNoNumberHolds) {
  for (const std::string text : {"18446744073709551616", "99999999999999999999999", "18446745T", "16777216Ti"}) {
    SCOPED_TRACE(text);
    expect_error(ErrorCode::kInvalidArgument, {text, "larger than any machine"}, [&] { parse_byte_size(text); });
  }
}

TEST(FormatByteSize, ShowsWholeBytesToMegabytesAndHundredthsAbove) {
  const std::pair<Bytes, std::string_view> cases[] = {
      {0, "0 B"},
      {999, "999 B"},
      {1000, "1 kB"},
      {96'400, "96 kB"},
      {999'499, "999 kB"},
      {999'500, "1 MB"},
      {412'300'000, "412 MB"},
      {999'499'999, "999 MB"},
      {999'500'000, "1.00 GB"},
      {3'300'000'000, "3.30 GB"},
      {3'304'999'999, "3.30 GB"},
      {3'305'000'000, "3.31 GB"},
      {999'994'999'999, "999.99 GB"},
      {999'995'000'000, "1.00 TB"},
      {1'250'000'000'000, "1.25 TB"},
      {kMostBytes, "18446744.07 TB"},
  };
  for (const auto& [bytes, text] : cases) EXPECT_EQ(format_byte_size(bytes), text) << bytes;
}

TEST(FormatByteSize, WhatIsRoundedUpReadsBackAsItIs) {
  for (const Bytes bytes :
       {Bytes{0}, Bytes{1}, Bytes{999}, Bytes{1001}, Bytes{999'501}, Bytes{1'000'001}, Bytes{412'300'000},
        Bytes{999'500'001}, Bytes{3'300'000'001}, Bytes{999'995'000'001}, Bytes{1'250'000'000'001}}) {
    const Bytes shown = round_up_as_shown(bytes);
    EXPECT_GE(shown, bytes);
    EXPECT_EQ(parse_byte_size(format_byte_size(shown)), shown) << bytes;
  }
  EXPECT_EQ(round_up_as_shown(3'300'000'000), 3'300'000'000U);
  EXPECT_EQ(round_up_as_shown(3'300'000'001), 3'310'000'000U);
  EXPECT_EQ(round_up_as_shown(kMostBytes), kMostBytes);
}

}  // namespace
}  // namespace odsora
