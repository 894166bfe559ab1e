#include "base/config_object.h"

#include <algorithm>
#include <cassert>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "base/error.h"
#include "base/input_file.h"
#include "base/strict_json.h"

namespace odsora {
namespace {

using nlohmann::json;

constexpr uint64_t kMostFileBytes = uint64_t{16} << 20;

bool is_within(const json& value, IntegerRange range) {
  if (value.is_number_unsigned()) {
    const uint64_t number = value.get<uint64_t>();
    return std::in_range<int64_t>(number) && static_cast<int64_t>(number) >= range.min &&
           static_cast<int64_t>(number) <= range.max;
  }
  return value.is_number_integer() && value.get<int64_t>() >= range.min && value.get<int64_t>() <= range.max;
}

bool is_within(const json& value, NumberRange range) {
  return value.is_number() && value.get<double>() >= range.min && value.get<double>() <= range.max;
}

template <typename Range>
std::string with_bounds(const std::string& noun, Range range) {
  const Range widest;
  const bool has_max = range.max != widest.max;
  if (has_max) return join(noun, " from ", range.min, " to ", range.max);
  return range.min > std::numeric_limits<decltype(range.min)>::lowest() ? join(noun, " >= ", range.min) : noun;
}

std::string an_array_of(const std::string& elements, std::optional<size_t> count) {
  return count ? join("an array of ", *count, " ", elements) : "an array of " + elements;
}

}  // namespace

struct ConfigObject::Rep {
  std::string file;
  std::string place;  // "" or "outer.inner."
  json value;

  /// The field's value, or null when it is absent.
  const json* find(std::string_view key) const {
    const auto found = value.find(std::string(key));
    return found == value.end() || found->is_null() ? nullptr : &*found;
  }

  const json& require(std::string_view key, const std::string& expected) const {
    const json* found = find(key);
    if (found == nullptr) refuse(key, expected);
    return *found;
  }

  [[noreturn]] void refuse(std::string_view key, const std::string& expected) const {
    const auto found = value.find(std::string(key));
    fail(ErrorCode::kBadModel, file, ": ", quoted(place + std::string(key)), ": expected ", expected, ", found ",
         found == value.end() ? "nothing" : excerpt(*found));
  }

  /// The elements of an array, each of which must please `accepts`.
  template <typename Element, typename Accepts>
  std::vector<Element> elements(std::string_view key, std::optional<size_t> count, const std::string& noun,
                                const Accepts& accepts) const {
    const std::string expected = an_array_of(noun, count);
    const json& array = require(key, expected);
    if (!array.is_array() || (count && array.size() != *count) || !std::all_of(array.begin(), array.end(), accepts)) {
      refuse(key, expected);
    }
    return array.get<std::vector<Element>>();
  }
};

ConfigObject::ConfigObject(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}
ConfigObject::ConfigObject(ConfigObject&&) noexcept = default;
ConfigObject& ConfigObject::operator=(ConfigObject&&) noexcept = default;
ConfigObject::~ConfigObject() = default;

ConfigObject ConfigObject::open(const std::filesystem::path& path) {
  const InputFile file(path);
  if (file.size() > kMostFileBytes) {
    fail(ErrorCode::kBadModel, file.name(), ": expected a JSON file of at most ", kMostFileBytes, " bytes, found ",
         file.size());
  }
  std::string text(static_cast<size_t>(file.size()), '\0');
  file.read(0, std::as_writable_bytes(std::span(text)));
  return parse(text, file.name());
}

ConfigObject ConfigObject::parse(std::string_view text, const std::string& file) {
  json value = parse_strict_json(text, file);
  if (!value.is_object()) fail(ErrorCode::kBadModel, file, ": expected a JSON object, found ", excerpt(value));
  return ConfigObject(std::make_unique<Rep>(Rep{.file = file, .place = "", .value = std::move(value)}));
}

const std::string& ConfigObject::file() const { return rep_->file; }

bool ConfigObject::contains(std::string_view key) const { return rep_->find(key) != nullptr; }

std::vector<std::string> ConfigObject::keys() const {
  std::vector<std::string> keys;
  for (const auto& item : rep_->value.items()) keys.push_back(item.key());
  return keys;
}

void ConfigObject::allow_only(std::initializer_list<std::string_view> known) const {
  for (const std::string& key : keys()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    std::string names;
    for (const std::string_view name : known) names += join(names.empty() ? "" : ", ", name);
    fail(ErrorCode::kBadModel, rep_->file, ": ", quoted(rep_->place + key), " is not known, expected only ", names);
  }
}

int ConfigObject::integer(std::string_view key, IntegerRange range) const {
  assert(std::in_range<int>(range.min) && std::in_range<int>(range.max));
  const json& value = rep_->require(key, with_bounds("an integer", range));
  if (!is_within(value, range)) rep_->refuse(key, with_bounds("an integer", range));
  return value.get<int>();
}

int ConfigObject::integer_or(std::string_view key, int fallback, IntegerRange range) const {
  return contains(key) ? integer(key, range) : fallback;
}

uint64_t ConfigObject::unsigned_integer(std::string_view key) const {
  const json& value = rep_->require(key, "an integer >= 0");
  if (!value.is_number_unsigned()) rep_->refuse(key, "an integer >= 0");
  return value.get<uint64_t>();
}

double ConfigObject::number(std::string_view key, NumberRange range) const {
  const json& value = rep_->require(key, with_bounds("a number", range));
  if (!is_within(value, range)) rep_->refuse(key, with_bounds("a number", range));
  return value.get<double>();
}

double ConfigObject::number_or(std::string_view key, double fallback, NumberRange range) const {
  return contains(key) ? number(key, range) : fallback;
}

std::optional<double> ConfigObject::optional_number(std::string_view key, NumberRange range) const {
  return contains(key) ? std::optional(number(key, range)) : std::nullopt;
}

bool ConfigObject::boolean(std::string_view key) const {
  const json& value = rep_->require(key, "true or false");
  if (!value.is_boolean()) rep_->refuse(key, "true or false");
  return value.get<bool>();
}

bool ConfigObject::boolean_or(std::string_view key, bool fallback) const {
  return contains(key) ? boolean(key) : fallback;
}

bool ConfigObject::is_text(std::string_view key) const { return contains(key) && rep_->find(key)->is_string(); }

std::string ConfigObject::text(std::string_view key) const {
  const json& value = rep_->require(key, "a string");
  if (!value.is_string()) rep_->refuse(key, "a string");
  return value.get<std::string>();
}

std::string ConfigObject::text_or(std::string_view key, std::string_view fallback) const {
  return contains(key) ? text(key) : std::string(fallback);
}

std::vector<int64_t> ConfigObject::integers(std::string_view key, IntegerRange range,
                                            std::optional<size_t> count) const {
  return rep_->elements<int64_t>(key, count, with_bounds("integers", range),
                                 [range](const json& value) { return is_within(value, range); });
}

std::vector<double> ConfigObject::numbers(std::string_view key, NumberRange range, std::optional<size_t> count) const {
  return rep_->elements<double>(key, count, with_bounds("numbers", range),
                                [range](const json& value) { return is_within(value, range); });
}

std::vector<std::vector<double>> ConfigObject::number_rows(std::string_view key, size_t rows, NumberRange range) const {
  const std::string expected =
      join("an array of ", rows, " arrays of ", with_bounds("numbers", range), ", of one length");
  const json& array = rep_->require(key, expected);
  const auto is_row = [&](const json& row) {
    return row.is_array() && !row.empty() && row.size() == array.front().size() &&
           std::all_of(row.begin(), row.end(), [range](const json& value) { return is_within(value, range); });
  };
  if (!array.is_array() || array.size() != rows || !std::all_of(array.begin(), array.end(), is_row)) {
    rep_->refuse(key, expected);
  }
  return array.get<std::vector<std::vector<double>>>();
}

std::vector<bool> ConfigObject::booleans(std::string_view key, std::optional<size_t> count) const {
  return rep_->elements<bool>(key, count, "true or false", [](const json& value) { return value.is_boolean(); });
}

ConfigObject ConfigObject::object(std::string_view key) const {
  const json& value = rep_->require(key, "an object");
  if (!value.is_object()) rep_->refuse(key, "an object");
  return ConfigObject(
      std::make_unique<Rep>(Rep{.file = rep_->file, .place = join(rep_->place, key, "."), .value = value}));
}

ConfigObject ConfigObject::object_or_empty(std::string_view key) const {
  if (contains(key)) return object(key);
  return ConfigObject(
      std::make_unique<Rep>(Rep{.file = rep_->file, .place = join(rep_->place, key, "."), .value = json::object()}));
}

std::vector<ConfigObject> ConfigObject::objects(std::string_view key) const {
  std::vector<ConfigObject> result;
  for (const json& value :
       rep_->elements<json>(key, std::nullopt, "objects", [](const json& value) { return value.is_object(); })) {
    const std::string place = join(rep_->place, key, "[", result.size(), "].");
    result.push_back(ConfigObject(std::make_unique<Rep>(Rep{.file = rep_->file, .place = place, .value = value})));
  }
  return result;
}

void ConfigObject::reject(std::string_view key, const std::string& expected) const { rep_->refuse(key, expected); }

}  // namespace odsora
