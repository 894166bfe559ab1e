#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>

#include "cpu/processor.h"

namespace odsora {
namespace {

/// What follows "name<white space>: " in the first line of that name.
std::string field(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos || !line.starts_with(name)) continue;
    if (line.find_first_not_of(" \t", name.size()) != colon) continue;  // a longer name
    const size_t value = line.find_first_not_of(" \t", colon + 1);
    return value == std::string_view::npos ? std::string() : std::string(line.substr(value));
  }
  return {};
}

}  // namespace

bool Processor::has(std::string_view flag) const { return std::find(flags.begin(), flags.end(), flag) != flags.end(); }

Processor parse_processor(std::string_view text) {
  std::istringstream flags(field(text, "flags"));
  return {.name = field(text, "model name"),
          .flags = {std::istream_iterator<std::string>(flags), std::istream_iterator<std::string>()}};
}

Processor this_processor() {
  std::ifstream file("/proc/cpuinfo");
  return parse_processor(std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()));
}

}  // namespace odsora
