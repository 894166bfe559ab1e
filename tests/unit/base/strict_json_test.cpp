#include "base/strict_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/expect_error.h"

namespace odsora {
namespace {

std::string repeated(std::string_view text, size_t times) {
  std::string result;
  for (size_t i = 0; i < times; ++i) result += text;
  return result;
}

TEST(StrictJson, ParsesAValueAndTheBlanksAroundIt) {
  EXPECT_EQ(parse_strict_json(" {\"a\": [1, null]}  \n", "f")["a"][0], 1);
  EXPECT_EQ(parse_strict_json(repeated("[", 64) + repeated("]", 64), "f").size(), 1U);
}

TEST(StrictJson, SyntaxErrorsNameFileAndByte) {
  expect_bad_model({"f.json", "not valid JSON at byte 7"}, [] { parse_strict_json(R"({"a": x})", "f.json"); });
  expect_bad_model({"f.json", "not valid JSON"}, [] { parse_strict_json("{} {}", "f.json"); });
  expect_bad_model({"f.json", "not valid JSON"}, [] { parse_strict_json("{\"\xff\": 1}", "f.json"); });
}

TEST(StrictJson, AZeroByteHidesNothing) {
  expect_bad_model({"zero byte", "byte 2"}, [] { parse_strict_json(std::string_view("{}\0x", 4), "f"); });
}

TEST(StrictJson, AKeyGivenTwiceIsRefused) {
  expect_bad_model({R"("a" is given twice)"}, [] { parse_strict_json(R"({"a": 1, "a": 2})", "f"); });
  expect_bad_model({R"("b" is given twice)"}, [] { parse_strict_json(R"({"a": {"b": 1, "\u0062": 2}})", "f"); });
  EXPECT_NO_THROW(parse_strict_json(R"({"a": {"a": 1}, "b": [{"a": 1}, {"a": 2}]})", "f"));
}

TEST(StrictJson, DeepNestingIsRefused) {
  expect_bad_model({"nested deeper than 64"}, [] { parse_strict_json(repeated("[", 100'000), "f"); });
  expect_bad_model({"nested deeper than 64"}, [] { parse_strict_json(repeated("{\"a\":", 100'000), "f"); });
}

TEST(StrictJson, TooManyValuesAreRefused) {
  expect_bad_model({"more than 4000000 values"},
                   [] { parse_strict_json("[0" + repeated(",0", 4'000'000) + "]", "f"); });
}

TEST(StrictJson, ExcerptsAreShortAndAscii) {
  EXPECT_EQ(excerpt("a\nb\x7f\xc3\xa9"), "\"a\\nb\\u007f\\u00e9\"");
  EXPECT_EQ(excerpt(std::string(1000, 'a')).size(), 163U);
  EXPECT_EQ(quoted("a\xff"), "\"a\\ufffd\"");
  EXPECT_EQ(quoted(std::string("a\x1b[2J")), "\"a\\u001b[2J\"");
}

}  // namespace
}  // namespace odsora
