#include "prompt_file.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

namespace odsora_cli {
namespace {

constexpr size_t kMostLines = 100'000;
constexpr size_t kLongestLine = 1 << 20;  // bytes

[[noreturn]] void refuse(const std::string& place, const std::string& reason) {
  throw odsora::Error(odsora::ErrorCode::kInvalidArgument, place + ": " + reason);
}

// In a terminal's ASCII.
std::string excerpt(const nlohmann::json& value) {
  constexpr size_t kLongest = 160;
  const std::string text = value.dump(-1, ' ', /*ensure_ascii=*/true);
  return text.size() > kLongest ? text.substr(0, kLongest) + "..." : text;
}

// Refuses, while the line is parsed, what is no recipe and would be lost, or too deep to be written again.
class SettingsWatch {
 public:
  explicit SettingsWatch(const std::string& place) : place_(place) {}

  bool see(int depth, nlohmann::json::parse_event_t event, const nlohmann::json& parsed) {
    using Event = nlohmann::json::parse_event_t;
    constexpr int kMostLevels = 64;
    if ((event == Event::object_start || event == Event::array_start) && depth >= kMostLevels) {
      refuse(place_, "the JSON is nested deeper than " + std::to_string(kMostLevels) + " levels");
    }
    if (event == Event::object_start) keys_.emplace_back();
    if (event == Event::object_end) keys_.pop_back();
    if (event == Event::key && !keys_.back().insert(parsed.get<std::string>()).second) {
      refuse(place_, excerpt(parsed) + " is given twice in one JSON object");
    }
    return true;
  }

 private:
  const std::string& place_;
  std::vector<std::set<std::string>> keys_;  // of every object that is open
};

// A value that is no object where the line is no JSON.
nlohmann::json parse_settings(const std::string& line, const std::string& place) {
  if (line.find('\0') != std::string::npos) return {};  // where the parser would stop
  SettingsWatch watch(place);
  const auto callback = [&](int depth, nlohmann::json::parse_event_t event, const nlohmann::json& parsed) {
    return watch.see(depth, event, parsed);
  };
  return nlohmann::json::parse(line, callback, /*allow_exceptions=*/false);
}

// A line of settings; its "output" is ours, the rest is a recipe.
void apply_settings(const std::string& line, const std::string& place, VideoJob& job) {
  nlohmann::json settings = parse_settings(line, place);
  std::string recipe_text = line;  // which says what is wrong with it, where that is not JSON
  if (settings.is_object()) {
    for (const char* key : {"model", "precision", "odsora"}) {
      if (settings.contains(key))
        refuse(place, '"' + std::string(key) + "\" holds for all lines: give it as an option");
    }
    if (const auto output = settings.find("output"); output != settings.end()) {
      if (!output->is_string()) refuse(place, "\"output\": expected a file, found " + excerpt(*output));
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
