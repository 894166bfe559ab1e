// A JSON object of a model folder, read field by field with the expectations beside the names:
//
//   const ConfigObject config = ConfigObject::open(folder / "config.json");
//   const int depth = config.integer("depth", {1, 1000});
//   const double ratio = config.number_or("mlp_ratio", 4.0, {0.1, 100});
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace odsora {

/// Bounds included.
struct IntegerRange {
  int64_t min = 0;
  int64_t max = std::numeric_limits<int64_t>::max();
};

/// Bounds included. JSON has no infinity and no NaN, so every value is finite.
struct NumberRange {
  double min = std::numeric_limits<double>::lowest();
  double max = std::numeric_limits<double>::max();
};

/// Every getter throws Error(kBadModel) naming file, field, expected and found. A null counts as absent: the plain
/// getters refuse both, the ..._or ones then take their fallback.
class ConfigObject {
 public:
  /// Reads a file of at most 16 MiB that holds one JSON object (see strict_json.h).
  static ConfigObject open(const std::filesystem::path& path);

  /// The same for text that was read already; `file` is its name in error messages.
  static ConfigObject parse(std::string_view text, const std::string& file);

  ConfigObject(ConfigObject&& other) noexcept;
  ConfigObject& operator=(ConfigObject&& other) noexcept;
  ~ConfigObject();

  /// The file's name, for error messages.
  const std::string& file() const;

  /// Whether the key is there and not null.
  bool contains(std::string_view key) const;

  /// Every key, sorted, those with null included.
  std::vector<std::string> keys() const;

  /// Refuses any key but these.
  void allow_only(std::initializer_list<std::string_view> known) const;

  /// The range must lie within int.
  int integer(std::string_view key, IntegerRange range) const;
  int integer_or(std::string_view key, int fallback, IntegerRange range) const;

  uint64_t unsigned_integer(std::string_view key) const;

  /// An integer is a number too.
  double number(std::string_view key, NumberRange range = {}) const;
  double number_or(std::string_view key, double fallback, NumberRange range = {}) const;
  std::optional<double> optional_number(std::string_view key, NumberRange range = {}) const;

  bool boolean(std::string_view key) const;
  bool boolean_or(std::string_view key, bool fallback) const;

  bool is_text(std::string_view key) const;  // rather than another kind of value
  std::string text(std::string_view key) const;
  std::string text_or(std::string_view key, std::string_view fallback) const;

  /// Arrays; with `count`, of exactly that many elements.
  std::vector<int64_t> integers(std::string_view key, IntegerRange range = {}, std::optional<size_t> count = {}) const;
  std::vector<double> numbers(std::string_view key, NumberRange range = {}, std::optional<size_t> count = {}) const;
  /// [rows, columns]: that many arrays of numbers, of one length, which is 1 at least.
  std::vector<std::vector<double>> number_rows(std::string_view key, size_t rows, NumberRange range = {}) const;
  std::vector<bool> booleans(std::string_view key, std::optional<size_t> count = {}) const;

  /// An object inside this one; its error messages name the whole way, "outer.inner.field".
  ConfigObject object(std::string_view key) const;
  ConfigObject object_or_empty(std::string_view key) const;
  std::vector<ConfigObject> objects(std::string_view key) const;  // of an array

  /// Throws the error of a field whose value breaks a rule that no range can say:
  /// "<file>: "<key>": expected <expected>, found <its value>".
  [[noreturn]] void reject(std::string_view key, const std::string& expected) const;

 private:
  struct Rep;
  explicit ConfigObject(std::unique_ptr<Rep> rep);

  std::unique_ptr<Rep> rep_;
};

}  // namespace odsora
