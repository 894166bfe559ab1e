// Shows a generation's progress: as a line that is written over, as lines, or as NDJSON.
#pragma once

#include <memory>
#include <string>

#include "odsora/odsora.h"

namespace odsora_cli {

enum class ProgressStyle { kAuto, kPlain, kJson, kNone };

struct Announcement {
  std::string output;
  std::string model;
  int job = 1, jobs = 1;  // this one of so many, from 1
};

/// Protocol: start resumed? (progress | note | preview)* (done | cancelled | failed).
class ProgressPrinter {
 public:
  virtual ~ProgressPrinter() = default;
  /// `planned` tells the seed and the size of what will be made.
  virtual void start(const Announcement& announcement, const odsora::Report& planned) = 0;
  /// This run goes on where an earlier one had stopped.
  virtual void resumed(const odsora::ResumePoint& point) = 0;
  virtual void progress(const odsora::Progress& progress) = 0;
  virtual void note(const std::string& sentence) = 0;
  virtual void preview(const odsora::Preview& preview) = 0;
  virtual void done(const odsora::Report& report, const std::string& output) = 0;
  /// With what was kept of the work, if anything was.
  virtual void cancelled(const odsora::Report& report) = 0;
  virtual void failed(const odsora::Error& error) = 0;
};

/// kAuto is a live line on standard error where that is a terminal, else kPlain: a line for each step there. kJson
/// writes one object a line to standard output (docs/formats.md). kNone shows notes and errors only.
std::unique_ptr<ProgressPrinter> make_progress_printer(ProgressStyle style, bool verbose);

}  // namespace odsora_cli
