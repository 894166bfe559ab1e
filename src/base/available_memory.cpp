#include "base/available_memory.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <string_view>

#include "base/error.h"

namespace odsora {
namespace {

namespace fs = std::filesystem;

constexpr Bytes kLeastLimit = 100'000'000;
constexpr Bytes kLeastMargin = 200'000'000;
constexpr Bytes kMarginPart = 20;

/// Empty when it cannot be read.
std::string content_of(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

/// The number at the beginning of the text, after white space; nothing for "max" and the like.
std::optional<Bytes> leading_number(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  Bytes number = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  if (result.ec != std::errc{}) return std::nullopt;
  return number;
}

/// The rest of the line that begins with `name`.
std::optional<std::string_view> line_of(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    if (line.starts_with(name)) return line.substr(name.size());
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return std::nullopt;
}

std::optional<Bytes> number_of(std::string_view text, std::string_view name) {
  const auto rest = line_of(text, name);
  return rest ? leading_number(*rest) : std::nullopt;
}

/// A field of /proc such as "VmRSS:     1234 kB".
std::optional<Bytes> kibibytes_of(std::string_view text, std::string_view name) {
  const auto number = number_of(text, name);
  if (!number || *number > std::numeric_limits<Bytes>::max() / 1024) return std::nullopt;
  return *number * 1024;
}

/// The least of what it is told, if anything.
class Least {
 public:
  void among(std::optional<Bytes> bytes) {
    if (bytes) least_ = least_ ? std::min(*least_, *bytes) : *bytes;
  }
  std::optional<Bytes> value() const { return least_; }

 private:
  std::optional<Bytes> least_;
};

std::optional<Bytes> room_below(std::optional<Bytes> limit, Bytes used) {
  if (!limit) return std::nullopt;
  return *limit - std::min(*limit, used);
}

/// The names that one version of control groups gives to its files and fields.
struct ControlGroupVersion {
  std::string_view limits[2];
  std::string_view usage;
  std::string_view cached_pages[2];  // fields of memory.stat, descendants included
};

constexpr ControlGroupVersion kVersion1 = {
    {"memory.limit_in_bytes", ""}, "memory.usage_in_bytes", {"total_inactive_file ", "total_active_file "}};
constexpr ControlGroupVersion kVersion2 = {
    {"memory.max", "memory.high"}, "memory.current", {"inactive_file ", "active_file "}};

std::optional<Bytes> room_in_group(const fs::path& group, const ControlGroupVersion& version) {
  Least limit;
  for (const std::string_view name : version.limits) {
    if (!name.empty()) limit.among(leading_number(content_of(group / name)));
  }
  if (!limit.value()) return std::nullopt;
  const Bytes charged = leading_number(content_of(group / version.usage)).value_or(0);
  const std::string statistics = content_of(group / "memory.stat");
  Bytes cached = 0;
  for (const std::string_view name : version.cached_pages) cached += number_of(statistics, name).value_or(0);
  return room_below(limit.value(), charged - std::min(charged, cached));
}

/// The least room in the group and those around it, up to the root. In a container the names are often those of the
/// host, and only the root is there: what is missing bounds nothing.
std::optional<Bytes> room_in_groups(const fs::path& root, std::string_view group, const ControlGroupVersion& version) {
  fs::path inside = fs::path(group).relative_path().lexically_normal();
  if (!inside.empty() && *inside.begin() == "..") inside.clear();  // outside of what this process can see
  Least room;
  for (; !inside.empty(); inside = inside.parent_path()) room.among(room_in_group(root / inside, version));
  room.among(room_in_group(root, version));
  return room.value();
}

/// The path in the line "4:cpu,memory:/path" of /proc/self/cgroup that has this controller.
std::optional<std::string_view> group_with(std::string_view text, std::string_view controller) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const size_t first = line.find(':');
    const size_t second = line.find(':', first + 1);
    if (first == std::string_view::npos || second == std::string_view::npos) continue;
    const std::string controllers = join(",", line.substr(first + 1, second - first - 1), ",");
    if (controllers.find(join(",", controller, ",")) != std::string::npos) return line.substr(second + 1);
  }
  return std::nullopt;
}

std::optional<Bytes> room_in_control_groups(const MemoryFiles& files) {
  const std::string groups = content_of(files.proc / "self/cgroup");
  Least room;
  if (const auto group = group_with(groups, "memory")) {
    room.among(room_in_groups(files.control_groups / "memory", *group, kVersion1));
  }
  if (const auto group = line_of(groups, "0::")) {
    room.among(room_in_groups(files.control_groups, *group, kVersion2));
  }
  return room.value();
}

std::optional<Bytes> soft_limit(decltype(RLIMIT_AS) resource) {
  struct rlimit limit {};
  if (::getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return std::nullopt;
  return static_cast<Bytes>(limit.rlim_cur);
}

Bytes half_of_physical_memory() {
  const long pages = ::sysconf(_SC_PHYS_PAGES);
  const long page_size = ::sysconf(_SC_PAGESIZE);
  return pages > 0 && page_size > 0 ? static_cast<Bytes>(pages) * static_cast<Bytes>(page_size) / 2 : 0;
}

}  // namespace

ResourceLimits resource_limits() { return {.address_space = soft_limit(RLIMIT_AS), .data = soft_limit(RLIMIT_DATA)}; }

std::optional<Bytes> available_memory(const MemoryFiles& files, const ResourceLimits& limits) {
  const std::string status = content_of(files.proc / "self/status");
  Least growth;
  growth.among(kibibytes_of(content_of(files.proc / "meminfo"), "MemAvailable:"));
  growth.among(room_in_control_groups(files));
  growth.among(room_below(limits.address_space, kibibytes_of(status, "VmSize:").value_or(0)));
  growth.among(room_below(limits.data, kibibytes_of(status, "VmData:").value_or(0)));
  if (!growth.value()) return std::nullopt;
  return *growth.value() + kibibytes_of(status, "VmRSS:").value_or(0);
}

Bytes memory_limit_within(Bytes available) {
  const Bytes margin = std::max(available / kMarginPart, kLeastMargin);
  return std::max(available - std::min(available, margin), kLeastLimit);
}

Bytes default_memory_limit() {
  const std::optional<Bytes> available = available_memory({}, resource_limits());
  return memory_limit_within(available ? *available : half_of_physical_memory());
}

}  // namespace odsora
