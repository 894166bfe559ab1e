#include "base/config_object.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/error.h"
#include "support/expect_error.h"
#include "support/temporary_folder.h"

namespace odsora {
namespace {

ConfigObject parse(std::string_view text) { return ConfigObject::parse(text, "config.json"); }

TEST(ConfigObject, ReadsEachKindOfField) {
  const ConfigObject config = parse(R"({"depth": 28, "ratio": 4, "scale": [3.85, 2], "on": true, "name": "x",
      "patch": [1, 2, 2], "down": [false, true], "vae": {"channels": 4}, "none": null})");
  EXPECT_EQ(config.integer("depth", {1, 100}), 28);
  EXPECT_EQ(config.number("ratio"), 4.0);
  EXPECT_EQ(config.numbers("scale"), (std::vector<double>{3.85, 2}));
  EXPECT_TRUE(config.boolean("on"));
  EXPECT_EQ(config.text("name"), "x");
  EXPECT_EQ(config.integers("patch", {1, 8}, 3), (std::vector<int64_t>{1, 2, 2}));
  EXPECT_EQ(config.booleans("down"), (std::vector<bool>{false, true}));
  EXPECT_EQ(config.object("vae").integer("channels", {1, 8}), 4);
  EXPECT_EQ(config.file(), "config.json");
  EXPECT_EQ(config.keys().size(), 9U);
  EXPECT_EQ(config.keys().front(), "depth");
}

TEST(ConfigObject, AbsentAndNullTakeTheFallback) {
  for (const char* text : {"{}", R"({"a": null})"}) {
    const ConfigObject config = parse(text);
    EXPECT_FALSE(config.contains("a"));
    EXPECT_EQ(config.integer_or("a", 7, {1, 3}), 7);
    EXPECT_EQ(config.number_or("a", 0.5), 0.5);
    EXPECT_EQ(config.optional_number("a"), std::nullopt);
    EXPECT_TRUE(config.boolean_or("a", true));
    EXPECT_EQ(config.text_or("a", "t"), "t");
    EXPECT_TRUE(config.object_or_empty("a").keys().empty());
  }
}

TEST(ConfigObject, PresentButWrongIsAnErrorDespiteTheFallback) {
  const ConfigObject config = parse(R"({"a": "x"})");
  expect_bad_model({R"("a")"}, [&] { config.integer_or("a", 7, {1, 3}); });
  expect_bad_model({R"("a")"}, [&] { config.number_or("a", 0.5); });
  expect_bad_model({R"("a")"}, [&] { config.optional_number("a"); });
  expect_bad_model({R"("a")"}, [&] { config.boolean_or("a", true); });
  expect_bad_model({R"("a")"}, [&] { config.object_or_empty("a"); });
  expect_bad_model({"a string"}, [] { parse(R"({"a": 1})").text_or("a", "t"); });
}

TEST(ConfigObject, ErrorsNameFileFieldExpectedAndFound) {
  const ConfigObject config = parse(R"({"vae": {"depth": "x"}})");
  try {
    config.object("vae").integer("depth", {1, 100});
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), R"(config.json: "vae.depth": expected an integer from 1 to 100, found "x")");
  }
  expect_bad_model({R"("width")", "nothing"}, [&] { config.integer("width", {1, 100}); });
  expect_bad_model({R"("vae.deep.x")"}, [&] { config.object("vae").object_or_empty("deep").text("x"); });
  expect_bad_model({"config.json", R"("vae")", "expected an even number"},
                   [&] { config.reject("vae", "an even number"); });
}

TEST(ConfigObject, IntegersKeepToTheirRange) {
  for (const char* value : {"0", "-1", "101", "1.0", "1e1", "true", "18446744073709551615", "99999999999999999999"}) {
    expect_bad_model({R"("n")", "from 1 to 100"}, [&] { parse(join(R"({"n": )", value, "}")).integer("n", {1, 100}); });
  }
  expect_bad_model({">= 0", "[-1]"}, [] { parse(R"({"n": [-1]})").integers("n"); });
  expect_bad_model({">= 0"}, [] { parse(R"({"n": [18446744073709551615]})").integers("n"); });
  EXPECT_EQ(parse(R"({"n": [9223372036854775807]})").integers("n")[0], std::numeric_limits<int64_t>::max());
}

TEST(ConfigObject, NumbersKeepToTheirRange) {
  expect_bad_model({"from 0 to 1", "1.5"}, [] { parse(R"({"n": 1.5})").number("n", {0, 1}); });
  expect_bad_model({"from 0 to 1", "-1"}, [] { parse(R"({"n": [0, -1]})").numbers("n", {0, 1}); });
  expect_bad_model({"config.json", "out of range"}, [] { parse(R"({"n": 1e999})"); });
}

TEST(ConfigObject, ArraysKeepToTheirLength) {
  expect_bad_model({"an array of 3 integers"}, [] { parse(R"({"n": [1, 2]})").integers("n", {}, 3); });
  expect_bad_model({"an array of 1 numbers"}, [] { parse(R"({"n": []})").numbers("n", {}, 1); });
  expect_bad_model({"an array of true or false"}, [] { parse(R"({"n": [1]})").booleans("n"); });
  expect_bad_model({"an array"}, [] { parse(R"({"n": {"0": 1}})").integers("n"); });
}

TEST(ConfigObject, RowsOfNumbersAreOfOneLength) {
  const auto rows = [](const std::string& value) {
    return ConfigObject::parse(R"({"map": )" + value + "}", "x.json").number_rows("map", 2, {-1, 1});
  };
  EXPECT_EQ(rows("[[1, 0.5, 0], [-1, 0, 0]]"), (std::vector<std::vector<double>>{{1, 0.5, 0}, {-1, 0, 0}}));
  for (const char* wrong : {"[[1], [2]]", "[[1, 0], [1]]", "[[], []]", "[[1]]", "[[1], [1], [1]]", "[1, 1]", "[[1], 1]",
                            R"([[1], ["1"]])", "[[1], [true]]", "null", "{}"}) {
    SCOPED_TRACE(wrong);
    expect_bad_model({"x.json", R"("map")", "an array of 2 arrays of numbers from -1 to 1, of one length"},
                     [&] { rows(wrong); });
  }
}

TEST(ConfigObject, UnknownKeysAreNamed) {
  expect_bad_model({R"("vae.heigth")", "width, height"}, [] {
    parse(R"({"vae": {"width": 1, "heigth": 2}})").object("vae").allow_only({"width", "height"});
  });
}

TEST(ConfigObject, FilesMustBeSmallRegularAndHoldAnObject) {
  const TemporaryFolder folder;
  EXPECT_EQ(ConfigObject::open(folder.write("good.json", R"({"a": 1})")).integer("a", {0, 1}), 1);
  expect_bad_model({"list.json", "expected a JSON object"},
                   [&] { ConfigObject::open(folder.write("list.json", "[]")); });
  expect_bad_model({"empty.json", "not valid JSON"}, [&] { ConfigObject::open(folder.write("empty.json", "")); });
  expect_bad_model({"absent.json", "No such file"}, [&] { ConfigObject::open(folder.path() / "absent.json"); });
  expect_bad_model({"regular file"}, [&] { ConfigObject::open(folder.path()); });
  std::filesystem::resize_file(folder.write("large.json", "{}"), (16 << 20) + 1);
  expect_bad_model({"large.json", "at most"}, [&] { ConfigObject::open(folder.path() / "large.json"); });
  const std::filesystem::path pipe = folder.path() / "pipe.json";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  expect_bad_model({"pipe.json", "regular file"}, [&] { ConfigObject::open(pipe); });
}

}  // namespace
}  // namespace odsora
