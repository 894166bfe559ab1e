// Damage to a JSON object after which no reader of ours may accept it.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace odsora::fuzz {

using Json = nlohmann::ordered_json;

/// What a field must be.
enum class Field { kInteger, kNumber, kBoolean, kText, kObject, kArray };

struct FieldRule {
  std::string pointer;  // "/defaults/width"
  Field kind;
  bool is_required = true;  // others may be left out or be null
};

/// Text that is no JSON object, or holds what strict_json.h refuses: cut off, a field twice, a comment, bytes that are
/// no UTF-8, nesting without end. Requires a text without blanks around it, with a string in it.
std::vector<std::string> broken_json(const std::string& good);

/// One field at a time: of another type, out of every range, left out where it is required.
std::vector<std::string> wrong_fields(const Json& good, const std::vector<FieldRule>& rules);

/// `good` with the value at `pointer` replaced by each of these JSON texts.
std::vector<std::string> with_values(const Json& good, const std::string& pointer,
                                     const std::vector<std::string>& values);

}  // namespace odsora::fuzz
