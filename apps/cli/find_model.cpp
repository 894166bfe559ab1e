#include "find_model.h"

#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <system_error>

#include "odsora/odsora.h"
#include "shipped_model.h"
#include "tools/model_report.h"

namespace odsora_cli {
namespace {

namespace fs = std::filesystem;

// Empty where the variable is not set.
std::string environment(const char* variable) {
  const char* const value = std::getenv(variable);
  return value == nullptr ? "" : value;
}

// The directories below which models lie.
std::vector<fs::path> model_directories() {
  std::vector<fs::path> directories;
  std::istringstream list(environment("ODSORA_MODELS"));
  for (std::string directory; std::getline(list, directory, ':');) {
    if (!directory.empty()) directories.emplace_back(directory);
  }
  const std::string data = environment("XDG_DATA_HOME");
  const std::string home = environment("HOME");
  if (!data.empty()) {
    directories.push_back(fs::path(data) / "odsora" / "models");
  } else if (!home.empty()) {
    directories.push_back(fs::path(home) / ".local" / "share" / "odsora" / "models");
  }
  return directories;
}

std::vector<fs::path> models_below(const fs::path& directory) {
  std::vector<fs::path> models;
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end; entry.increment(error)) {
    if (odsora::looks_like_model(entry->path())) models.push_back(entry->path());
  }
  std::sort(models.begin(), models.end());
  return models;
}

bool same_folder(const fs::path& one, const fs::path& other) {
  std::error_code error;
  return fs::equivalent(one, other, error);
}

[[noreturn]] void refuse_name(const std::string& name, const std::vector<fs::path>& models) {
  std::string known;
  for (const fs::path& model : models) known += (known.empty() ? "" : ", ") + odsora::model_name(model);
  throw odsora::Error(
      odsora::ErrorCode::kBadModel,
      known.empty() ? "no model " + name + ": expected a folder, as no models were found by name"
                    : "no model " + name + ": expected a folder or one of: " + known + " (odsora models lists them)");
}

}  // namespace

const char* const kWhereModelsAre =
    R"(A model is a folder with transformer/config.json or odsora.json. Models are looked for beside the program, in every
folder directly below the directories of $ODSORA_MODELS (separated by colons), and below $XDG_DATA_HOME/odsora/models,
else ~/.local/share/odsora/models. --model takes their names.)";

std::vector<fs::path> found_models() {
  std::vector<fs::path> models;
  const std::string shipped = shipped_model_folder();
  if (!shipped.empty()) models.emplace_back(shipped);
  for (const fs::path& directory : model_directories()) {
    for (const fs::path& model : models_below(directory)) {
      const auto is_this = [&](const fs::path& other) { return same_folder(model, other); };
      if (std::none_of(models.begin(), models.end(), is_this)) models.push_back(model);
    }
  }
  return models;
}

std::string find_model_folder(const std::string& name_or_folder) {
  if (name_or_folder.empty()) {
    std::string shipped = shipped_model_folder();
    if (shipped.empty()) {
      throw odsora::Error(odsora::ErrorCode::kBadModel,
                          "no model: models/emoji-world was not found near the program; name a folder with --model");
    }
    return shipped;
  }
  std::error_code ignored;
  if (name_or_folder.find('/') != std::string::npos || fs::is_directory(name_or_folder, ignored)) return name_or_folder;
  const std::vector<fs::path> models = found_models();
  for (const fs::path& model : models) {
    if (name_or_folder == odsora::model_name(model) || name_or_folder == model.filename()) return model;
  }
  refuse_name(name_or_folder, models);
}

}  // namespace odsora_cli
