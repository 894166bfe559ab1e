#include "base/strict_json.h"

#include <nlohmann/json.hpp>
#include <unordered_set>
#include <vector>

#include "base/error.h"

namespace odsora {
namespace {

using nlohmann::json;

constexpr int kMostLevels = 64;
constexpr size_t kMostValues = 4'000'000;  // the header of a checkpoint has about ten for each tensor
constexpr size_t kExcerptLength = 160;

/// Watches the parser and stops it at the first breach of a rule.
class Watch {
 public:
  explicit Watch(const std::string& file) : file_(file) {}

  void see(int depth, json::parse_event_t event, const json& parsed) {
    switch (event) {
      case json::parse_event_t::object_start:
        enter(depth);
        keys_.emplace_back();
        break;
      case json::parse_event_t::array_start: enter(depth); break;
      case json::parse_event_t::object_end: keys_.pop_back(); break;
      case json::parse_event_t::array_end: break;
      case json::parse_event_t::key:
        if (!keys_.back().insert(parsed.get_ref<const std::string&>()).second) {
          fail(ErrorCode::kBadModel, file_, ": ", excerpt(parsed), " is given twice in one JSON object");
        }
        break;
      case json::parse_event_t::value: count(); break;
    }
  }

 private:
  void enter(int depth) {
    if (depth >= kMostLevels) {
      fail(ErrorCode::kBadModel, file_, ": the JSON is nested deeper than ", kMostLevels, " levels");
    }
    count();
  }

  void count() {
    if (++values_ > kMostValues) {
      fail(ErrorCode::kBadModel, file_, ": the JSON holds more than ", kMostValues, " values");
    }
  }

  const std::string& file_;
  std::vector<std::unordered_set<std::string>> keys_;  // of every object that is open
  size_t values_ = 0;
};

}  // namespace

json parse_strict_json(std::string_view text, const std::string& file) {
  // nlohmann-json takes a zero byte for the end of the text and would not look at what follows.
  if (const size_t zero = text.find('\0'); zero != std::string_view::npos) {
    fail(ErrorCode::kBadModel, file, ": not valid JSON at byte ", zero, " of the text: zero byte");
  }
  Watch watch(file);
  const auto callback = [&watch](int depth, json::parse_event_t event, json& parsed) {
    watch.see(depth, event, parsed);
    return true;
  };
  try {
    return json::parse(text, callback);
  } catch (const json::parse_error& error) {
    fail(ErrorCode::kBadModel, file, ": not valid JSON at byte ", error.byte, " of the text");
  } catch (const json::out_of_range&) {
    fail(ErrorCode::kBadModel, file, ": not valid JSON: a number is out of range");
  }
}

std::string excerpt(const json& value) {
  std::string text = value.dump(-1, ' ', /*ensure_ascii=*/true, json::error_handler_t::replace);
  if (text.size() > kExcerptLength) text = text.substr(0, kExcerptLength) + "...";
  return text;
}

std::string Quoted::operator()(std::string_view name) const { return excerpt(json(name)); }

}  // namespace odsora
