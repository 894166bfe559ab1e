#include "info_command.h"

#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

#include "odsora/odsora.h"

namespace odsora_cli {
namespace {

using Json = nlohmann::ordered_json;

// Text of strangers is printed as JSON in which no character is left that a terminal obeys: JSON itself escapes those
// below U+0020 only.
std::string printable(const Json& value, int indent) {
  std::string text = value.dump(indent, ' ', /*ensure_ascii=*/false);
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  for (size_t i = 0; i < text.size(); ++i) {
    const bool two_bytes = byte(i) == 0xC2 && i + 1 < text.size() && byte(i + 1) < 0xA0;
    if (byte(i) != 0x7F && !two_bytes) continue;
    char escape[7];
    std::snprintf(escape, sizeof(escape), "\\u%04x", two_bytes ? byte(i + 1) : byte(i));
    text.replace(i, two_bytes ? 2 : 1, escape);
  }
  return text;
}

// "leap.rule: growing" for each value.
void print_fields(const Json& object, const std::string& before) {
  for (const auto& [key, value] : object.items()) {
    if (value.is_object()) {
      print_fields(value, before + key + ".");
    } else {
      std::cout << before << key << ": " << printable(value, -1) << '\n';
    }
  }
}

}  // namespace

InfoCommand::InfoCommand(CLI::App& app)
    : command_(app.add_subcommand("info", "Tell what a video or picture of odsora was made from")) {
  command_->add_option("file", file_, "A file that odsora generate wrote")->required()->type_name("FILE");
  command_->add_flag("--json", json_, "As one JSON object");
}

int InfoCommand::run() {
  const std::string text = odsora::read_generation_data(file_);
  odsora::parse_recipe(text, file_);  // so that nothing but a recipe is shown
  const Json data = Json::parse(text);
  if (json_) {
    std::cout << printable(data, 2) << '\n';
  } else {
    print_fields(data, "");
  }
  return 0;
}

}  // namespace odsora_cli
