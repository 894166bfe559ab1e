// When each part of a run was busy, as a file that ui.perfetto.dev and chrome://tracing show.
//
// The file is a JSON array of trace events ("Trace Event Format", Google, 2016), written as they come: viewers read it
// without its end too, so that the trace of a crashed run is of use.
#pragma once

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/units.h"

namespace odsora {

/// Whoever may be traced holds a `Trace*` that is null when nobody asked. Names are UTF-8 of any kind; what is not
/// UTF-8 is shown as U+FFFD. Thread-safe.
class Trace {
 public:
  class Scope;

  /// Begins the file, replacing an older one. Throws Error(kOutput).
  explicit Trace(const std::filesystem::path& path);
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;
  /// Finishes the file; a failure is not told.
  ~Trace();

  /// On the clock of the events: since the construction.
  Seconds now() const { return clock_.elapsed(); }

  /// Something was done on a track such as "compute", "loader" or "reader 1". Tracks are shown in the order in which
  /// they are first named.
  void complete(std::string_view track, std::string_view name, Seconds start, Seconds end);

  /// A value from now on, such as resident bytes; drawn as a curve.
  void counter(std::string_view name, double value);

  /// Finishes the file; what is traced later is dropped. Throws Error(kOutput) when not everything could be written.
  void finish();

 private:
  /// These require the lock.
  int number_of(std::string_view track);
  void append(const std::string& event);

  std::string path_;
  Stopwatch clock_;
  std::mutex mutex_;
  std::ofstream stream_;
  std::map<std::string, int, std::less<>> tracks_;
  Seconds flushed_ = 0;
};

/// Traces from its construction to its end. Does nothing without a trace, which otherwise must live longer.
class Trace::Scope {
 public:
  Scope(Trace* trace, std::string_view track, std::string_view name) {
    if (trace != nullptr) span_.emplace(Span{trace, std::string(track), std::string(name), trace->now()});
  }
  ~Scope() {
    if (span_) span_->trace->complete(span_->track, span_->name, span_->start, span_->trace->now());
  }
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

 private:
  struct Span {
    Trace* trace;
    std::string track;
    std::string name;
    Seconds start;
  };

  std::optional<Span> span_;
};

}  // namespace odsora
