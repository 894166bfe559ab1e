#include "runtime/trace.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <system_error>

#include "base/error.h"

namespace odsora {
namespace {

constexpr int kProcess = 1;
/// At most so much of a run is missing when it crashes.
constexpr Seconds kFlushInterval = 1;

/// Text in quotation marks.
std::string json_text(std::string_view text) {
  using json = nlohmann::json;
  return json(text).dump(-1, ' ', /*ensure_ascii=*/true, json::error_handler_t::replace);
}

/// Shortest, in no locale; JSON has neither infinities nor NaN, so those are 0.
std::string json_number(double value) {
  std::array<char, 32> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), std::isfinite(value) ? value : 0.0).ptr;
  return {digits.data(), end};
}

/// Microseconds, to the nanosecond.
std::string json_time(Seconds time) { return json_number(std::round(time * 1e9) / 1e3); }

std::string metadata(int track, std::string_view name, const std::string& argument) {
  return join(R"({"ph":"M","pid":)", kProcess, R"(,"tid":)", track, R"(,"name":")", name, R"(","args":{)", argument,
              "}}");
}

}  // namespace

Trace::Trace(const std::filesystem::path& path)
    : path_(path.string()), stream_(path, std::ios::binary | std::ios::trunc) {
  if (!stream_) {
    fail(ErrorCode::kOutput, "cannot write the trace ", path_, ": ", std::generic_category().message(errno));
  }
  stream_ << "[\n" << metadata(0, "process_name", R"("name":"odsora")");
}

Trace::~Trace() {
  try {
    finish();
  } catch (const Error&) {  // a destructor cannot tell; who wants to know calls finish()
  }
}

void Trace::complete(std::string_view track, std::string_view name, Seconds start, Seconds end) {
  const std::string span = join(R"(,"ts":)", json_time(start), R"(,"dur":)", json_time(std::max(0.0, end - start)),
                                R"(,"name":)", json_text(name), "}");
  const std::lock_guard lock(mutex_);
  append(join(R"({"ph":"X","pid":)", kProcess, R"(,"tid":)", number_of(track), span));
}

void Trace::counter(std::string_view name, double value) {
  const std::string event = join(R"({"ph":"C","pid":)", kProcess, R"(,"ts":)", json_time(now()), R"(,"name":)",
                                 json_text(name), R"(,"args":{"value":)", json_number(value), "}}");
  const std::lock_guard lock(mutex_);
  append(event);
}

void Trace::finish() {
  const std::lock_guard lock(mutex_);
  if (!stream_.is_open()) return;
  stream_ << "\n]\n";
  stream_.close();
  if (!stream_) fail(ErrorCode::kOutput, "cannot write the whole trace to ", path_);
}

int Trace::number_of(std::string_view track) {
  if (const auto known = tracks_.find(track); known != tracks_.end()) return known->second;
  const int number = static_cast<int>(tracks_.size()) + 1;
  tracks_.emplace(track, number);
  append(metadata(number, "thread_name", R"("name":)" + json_text(track)));
  append(metadata(number, "thread_sort_index", join(R"("sort_index":)", number)));
  return number;
}

void Trace::append(const std::string& event) {
  if (!stream_.is_open()) return;
  stream_ << ",\n" << event;
  if (now() - flushed_ < kFlushInterval) return;
  stream_.flush();
  flushed_ = now();
}

}  // namespace odsora
