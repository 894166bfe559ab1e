#include "json_damage.h"

#include "malformed_files.h"

namespace odsora::fuzz {
namespace {

std::vector<std::string> wrong_values(Field kind) {
  switch (kind) {
    case Field::kInteger:
      return {"true", "1.5", "-1", "\"1\"", "[]", "{}", "[1]", "1e300", "-9223372036854775808", "99999999999999999999"};
    case Field::kNumber: return {"true", "\"1\"", "[]", "{}", "[1]", "1e999", "-1e999"};
    case Field::kBoolean: return {"0", "1", "\"true\"", "[]", "{}", "[true]"};
    case Field::kText: return {"true", "1", "1.5", "[]", "{}", "[\"a\"]"};
    case Field::kObject: return {"true", "1", "\"{}\"", "[]", "[{}]"};
    case Field::kArray: return {"true", "1", "\"[]\"", "{}", "[null]", "[\"1\"]", "[[]]", "[{}]", "[1e999]"};
  }
  return {};
}

std::string nested(size_t levels, const std::string& open, const std::string& close) {
  std::string text = "{\"a\":";
  for (size_t i = 0; i < levels; ++i) text += open;
  text += "1";
  for (size_t i = 0; i < levels; ++i) text += close;
  return text + "}";
}

std::string without(const Json& good, const std::string& pointer) {
  Json damaged = good;
  const Json::json_pointer place(pointer);
  damaged[place.parent_pointer()].erase(place.back());
  return damaged.dump();
}

}  // namespace

std::vector<std::string> broken_json(const std::string& good) {
  std::vector<std::string> files = beginnings(good, 0, good.size(), 250);
  for (const char* wrong : {",", "'a':1,", "a:1,", "\"a\":01,", "\"a\":+1,", "\"a\":.5,", "\"a\":NaN,",
                            "\"a\":Infinity,", "\"a\":0x10,", "\"a\":\"\\x41\",", "\"a\":\"\\ud800\",", "\"a\":\"\n\",",
                            "\"a\":[1,],", "\"a\" 1,", "\"a\":1e999,", "\"a\":True,", "\"a\":\"\\u12\",", "/*", "{"}) {
    files.push_back(std::string(good).insert(1, wrong));
  }
  const std::string first_key = Json(Json::parse(good).begin().key()).dump();
  files.push_back(std::string(good).insert(1, first_key + ":1,"));  // twice
  for (const char* wrong : {"}", ",", "x", "//", "[]", "{}", "null"}) files.push_back(good + wrong);
  for (const char* wrong : {",", "]", ",\"a\"", ",\"a\":"}) {
    files.push_back(std::string(good).insert(good.size() - 1, wrong));
  }
  for (const char* wrong : {"null", "1", "\"a\"", "true", "[]", "[{}]"}) files.emplace_back(wrong);
  files.push_back(std::string(good).insert(0, "[") + "]");
  files.push_back(std::string(good).insert(0, "/**/"));
  for (const size_t levels : {size_t{65}, size_t{1000}, size_t{20'000}, size_t{300'000}}) {
    files.push_back(nested(levels, "[", "]"));
    files.push_back(nested(levels, "{\"a\":", "}"));
    files.push_back(std::string(levels, '['));
  }
  const size_t in_string = good.find('"') + 1;
  for (const std::string bytes : {"\x80", "\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82"}) {
    files.push_back(std::string(good).insert(in_string, bytes));
    files.push_back(good + bytes);
  }
  for (size_t place = 0; place <= good.size(); place += 1 + good.size() / 40) {
    files.push_back(std::string(good).insert(place, 1, '\0'));
  }
  return files;
}

std::vector<std::string> with_values(const Json& good, const std::string& pointer,
                                     const std::vector<std::string>& values) {
  const std::string mark = "the value that is replaced";
  Json damaged = good;
  damaged[Json::json_pointer(pointer)] = mark;
  const std::string text = damaged.dump();
  const size_t place = text.find('"' + mark + '"');
  std::vector<std::string> files;
  for (const std::string& value : values) {
    files.push_back(text.substr(0, place) + value + text.substr(place + mark.size() + 2));
  }
  return files;
}

std::vector<std::string> wrong_fields(const Json& good, const std::vector<FieldRule>& rules) {
  std::vector<std::string> files;
  for (const FieldRule& rule : rules) {
    std::vector<std::string> values = wrong_values(rule.kind);
    if (rule.is_required) {
      values.push_back("null");
      files.push_back(without(good, rule.pointer));
    }
    for (std::string& file : with_values(good, rule.pointer, values)) files.push_back(std::move(file));
  }
  return files;
}

}  // namespace odsora::fuzz
