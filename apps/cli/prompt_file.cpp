#include "prompt_file.h"

#include <fstream>
#include <nlohmann/json.hpp>

namespace odsora_cli {
namespace {

constexpr size_t kMostLines = 100'000;
constexpr size_t kLongestLine = 1 << 20;  // bytes

[[noreturn]] void refuse(const std::string& place, const std::string& reason) {
  throw odsora::Error(odsora::ErrorCode::kInvalidArgument, place + ": " + reason);
}

// A line of settings; its "output" is ours, the rest is a recipe.
void apply_settings(const std::string& line, const std::string& place, VideoJob& job) {
  nlohmann::json settings = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
  std::string recipe_text = line;  // which says what is wrong with it, where that is not JSON
  if (settings.is_object()) {
    for (const char* key : {"model", "precision", "odsora"}) {
      if (settings.contains(key))
        refuse(place, '"' + std::string(key) + "\" holds for all lines: give it as an option");
    }
    if (const auto output = settings.find("output"); output != settings.end()) {
      if (!output->is_string()) refuse(place, "\"output\": expected a file, found " + output->dump());
      job.output.path = output->get<std::string>();
      settings.erase(output);
      recipe_text = settings.dump();
    }
  }
  const odsora::Recipe recipe =
      odsora::parse_recipe(recipe_text, place, {.quality = job.output.quality, .request = job.request});
  job.request = recipe.request;
  job.output.quality = recipe.quality;
}

}  // namespace

std::vector<VideoJob> read_prompt_file(const std::string& file, const VideoJob& defaults) {
  std::ifstream stream(file);
  if (!stream) refuse(file, "expected a file of prompts, found none that can be read");
  const std::string output = defaults.output.path.empty() ? "odsora.mp4" : defaults.output.path;
  std::vector<VideoJob> jobs;
  std::string line;
  for (size_t number = 1; std::getline(stream, line); ++number) {
    const std::string place = file + ": line " + std::to_string(number);
    if (number > kMostLines) refuse(file, "expected at most " + std::to_string(kMostLines) + " lines, found more");
    if (line.size() > kLongestLine) refuse(place, "expected at most a mebibyte, found more");
    const size_t first = line.find_first_not_of(" \t\r");
    if (first == std::string::npos) continue;
    line = line.substr(first, line.find_last_not_of(" \t\r") - first + 1);
    VideoJob job = defaults;
    job.output.path = numbered(output, std::to_string(number));
    number_preview(job.output, std::to_string(number));
    if (line.front() == '{') {
      apply_settings(line, place, job);
    } else {
      job.request.prompt = line;
    }
    jobs.push_back(job);
  }
  if (stream.bad()) refuse(file, "cannot be read to its end");
  if (jobs.empty()) refuse(file, "expected a prompt a line, found only blanks");
  return jobs;
}

}  // namespace odsora_cli
