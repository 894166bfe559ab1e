#include "info_command.h"

#include <iostream>
#include <nlohmann/json.hpp>

#include "odsora/odsora.h"

namespace odsora_cli {
namespace {

using Json = nlohmann::ordered_json;

// "leap.rule: growing" for each value; text of strangers is printed as JSON, so that no terminal obeys it.
void print_fields(const Json& object, const std::string& before) {
  for (const auto& [key, value] : object.items()) {
    if (value.is_object()) {
      print_fields(value, before + key + ".");
    } else {
      std::cout << before << key << ": " << value.dump(-1, ' ', /*ensure_ascii=*/false) << '\n';
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
    std::cout << data.dump(2) << '\n';
  } else {
    print_fields(data, "");
  }
  return 0;
}

}  // namespace odsora_cli
