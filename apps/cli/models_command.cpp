#include "models_command.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <system_error>

#include "find_model.h"
#include "gigabytes.h"
#include "odsora/odsora.h"
#include "tools/model_report.h"

namespace odsora_cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kModelsExamples =
    R"(Examples:
  odsora models
  odsora models ~/open-sora-v1.2 --max-ram 3.3G
  ODSORA_MODELS=/srv/models odsora generate --model open-sora-v1.2 -p "a waterfall in a forest")";

// Those that are found, and those that were named, in this order. Throws for a name that is no model.
std::vector<fs::path> folders_to_tell_of(const std::vector<std::string>& named) {
  std::vector<fs::path> folders = found_models();
  std::error_code ignored;
  for (const std::string& folder : named) {
    if (!odsora::looks_like_model(folder)) {
      throw odsora::Error(odsora::ErrorCode::kBadModel,
                          folder + ": expected a model folder with transformer/config.json or odsora.json, found " +
                              (fs::is_directory(folder, ignored) ? "neither"
                               : fs::exists(folder, ignored)     ? "a file"
                                                                 : "nothing"));
    }
    const auto is_this = [&](const fs::path& other) { return fs::equivalent(folder, other, ignored); };
    if (std::none_of(folders.begin(), folders.end(), is_this)) folders.emplace_back(folder);
  }
  return folders;
}

nlohmann::ordered_json as_json(const odsora::ModelReport& report) {
  nlohmann::ordered_json json = {{"name", report.name}, {"folder", report.folder.string()}};
  for (const char* key : {"width", "height", "frames", "fps", "weights_bytes", "least_memory_limit", "memory_limit",
                          "fits", "seconds", "error"}) {
    json[key] = nullptr;
  }
  if (report.facts) {
    json["width"] = report.facts->width;
    json["height"] = report.facts->height;
    json["frames"] = report.facts->frames;
    json["fps"] = report.facts->fps;
    json["weights_bytes"] = report.facts->weights;
  }
  if (report.needs) {
    json["least_memory_limit"] = report.needs->least_memory_limit;
    json["memory_limit"] = report.needs->memory_limit;
    json["fits"] = report.needs->fits();
    json["seconds"] = report.needs->seconds;
  }
  if (!report.error.empty()) json["error"] = report.error;
  return json;
}

// "128x128, 34 frames at 8 fps; weights 0.06 GB".
std::string describe(const odsora::ModelFacts& facts) {
  char text[160];
  std::snprintf(text, sizeof text, "%dx%d, %d frame%s at %g fps; weights %s", facts.width, facts.height, facts.frames,
                facts.frames == 1 ? "" : "s", facts.fps, gigabytes(facts.weights).c_str());
  return text;
}

// "takes 0.12 GB of memory at the least, and 5.20 GB are there; about 2 s".
std::string describe(const odsora::ModelNeeds& needs) {
  char text[200];
  std::snprintf(text, sizeof text, "takes %s of memory at the least, %s %s are there; about %.0f s",
                gigabytes(needs.least_memory_limit).c_str(), needs.fits() ? "and" : "but only",
                gigabytes(needs.memory_limit).c_str(), needs.seconds);
  return text;
}

void print_model(const odsora::ModelReport& report) {
  std::cout << report.name << "  " << report.folder.string() << '\n';
  if (report.facts) std::cout << "  " << describe(*report.facts) << '\n';
  if (report.needs) std::cout << "  " << describe(*report.needs) << '\n';
  if (!report.error.empty()) std::cout << "  cannot be used: " << report.error << '\n';
  std::cout << std::flush;
}

}  // namespace

ModelsCommand::ModelsCommand(CLI::App& app)
    : command_(app.add_subcommand("models", "List the models that are found, and what each needs")) {
  command_->footer(std::string(kWhereModelsAre) + "\n\n" + kModelsExamples);
  command_->add_option("folders", folders_, "More models")->type_name("FOLDER");
  command_->add_option("--max-ram", memory_limit_, "Memory limit to judge by, e.g. 3.3G [what is free]")
      ->type_name("SIZE");
  command_->add_flag("--json", json_, "As one JSON array");
}

int ModelsCommand::run() const {
  const std::vector<fs::path> folders = folders_to_tell_of(folders_);
  const odsora::Bytes limit = memory_limit_.empty() ? 0 : odsora::parse_memory_size(memory_limit_);
  if (json_) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const fs::path& folder : folders) list.push_back(as_json(odsora::report_model(folder, limit)));
    // The names of folders need not be UTF-8.
    std::cout << list.dump(2, ' ', /*ensure_ascii=*/false, nlohmann::ordered_json::error_handler_t::replace) << '\n';
    return 0;
  }
  if (folders.empty()) std::cout << "No model was found. " << kWhereModelsAre << '\n';
  for (const fs::path& folder : folders) print_model(odsora::report_model(folder, limit));
  return 0;
}

}  // namespace odsora_cli
