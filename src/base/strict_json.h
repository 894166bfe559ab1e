// JSON as it is read from strangers' files.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace odsora {

/// Parses one JSON value and nothing after it but white space. Beyond the syntax it refuses what can hide or harm:
/// an object with the same key twice, more than 64 levels of nesting, more than four million values.
/// Throws Error(kBadModel) that begins with `file`.
nlohmann::json parse_strict_json(std::string_view text, const std::string& file);

/// The value on one line of ASCII, shortened, for the "found" of an error message.
std::string excerpt(const nlohmann::json& value);

/// quoted(name): a stranger's name in quotation marks, safe to print in the same way. No function, or a name that is a
/// std::string would go to std::quoted, which lets control characters through.
struct Quoted {
  std::string operator()(std::string_view name) const;
};
constexpr Quoted quoted{};

}  // namespace odsora
