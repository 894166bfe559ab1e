// Progress for people.
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <iostream>

#include "progress_json.h"
#include "progress_printer.h"
#include "terminal_picture.h"

namespace odsora_cli {
namespace {

constexpr double kMegabyte = 1e6;

std::string format_time(double seconds) {
  const long total = std::lround(seconds);
  char text[32];
  if (total >= 3600) {
    std::snprintf(text, sizeof text, "%ld:%02ld:%02ld", total / 3600, total / 60 % 60, total % 60);
  } else {
    std::snprintf(text, sizeof text, "%ld:%02ld", total / 60, total % 60);
  }
  return text;
}

std::string format_megabytes(uint64_t bytes) {
  return std::to_string(std::lround(static_cast<double>(bytes) / kMegabyte)) + " MB";
}

// "denoising 12/30, 0:07 passed, 0:11 left, 340 MB".
std::string describe(const odsora::Progress& progress) {
  std::string line;
  if (progress.clips > 1) line = "clip " + std::to_string(progress.clip) + '/' + std::to_string(progress.clips) + ", ";
  line += odsora::phase_name(progress.phase);
  if (progress.steps > 1) line += ' ' + std::to_string(progress.step) + '/' + std::to_string(progress.steps);
  line += ", " + format_time(progress.elapsed_s) + " passed";
  if (progress.left_s >= 0) line += ", " + format_time(progress.left_s) + " left";
  return line + ", " + format_megabytes(progress.rss_bytes);
}

// "424x240, 51 frames, 24 fps, 2.12 s".
std::string describe_size(const odsora::Report& report) {
  char text[96];
  if (report.frames == 1) {
    std::snprintf(text, sizeof text, "%dx%d, a picture", report.width, report.height);
  } else {
    std::snprintf(text, sizeof text, "%dx%d, %d frames, %g fps, %.3g s", report.width, report.height, report.frames,
                  report.fps, report.frames / report.fps);
  }
  return text;
}

class TextPrinter : public ProgressPrinter {
 public:
  explicit TextPrinter(bool verbose) : verbose_(verbose) {}

  void start(const Announcement& announcement, const odsora::Report& planned) override {
    if (verbose_) std::cerr << "model " << announcement.model << '\n';
    if (announcement.jobs > 1) std::cerr << "video " << announcement.job << '/' << announcement.jobs << ", ";
    std::cerr << "seed " << planned.seed << ", " << describe_size(planned) << '\n';
  }

  void resumed(const odsora::ResumePoint& point) override {
    std::cerr << "goes on from " << odsora::phase_name(point.phase) << ' ' << point.step << '/' << point.steps;
    if (point.clips > 1) std::cerr << " of clip " << point.clip << '/' << point.clips;
    std::cerr << '\n';
  }

  void note(const std::string& sentence) override {
    clear_line();
    std::cerr << "note: " << sentence << '\n';
  }

  void preview(const odsora::Preview& /*preview*/) override {}

  void done(const odsora::Report& report, const std::string& output) override {
    clear_line();
    std::cerr << output << ": " << describe_size(report) << ", seed " << report.seed << "; "
              << format_time(report.total_s) << ", at most " << format_megabytes(report.peak_rss_bytes) << '\n';
    if (!verbose_) return;
    char line[240];
    std::snprintf(line, sizeof line, "seconds: text %.2f%s, denoising %.2f (%d evaluations), decoding %.2f; %s",
                  report.text_s, report.cached_prompt ? " (cached)" : "", report.denoising_s, report.evaluations,
                  report.decoding_s, odsora::precision_name(report.precision));
    std::cerr << line << '\n';
    const odsora::Plan& plan = report.plan;
    const odsora::PlannedPhase& denoising = plan.phase(odsora::Phase::kDenoising);
    std::snprintf(line, sizeof line, "forecast: text %.2f, denoising %.2f, decoding %.2f; %.2f s in all, was %.2f",
                  plan.phase(odsora::Phase::kTextEncoding).seconds, denoising.seconds,
                  plan.phase(odsora::Phase::kDecoding).seconds, plan.seconds(), report.total_s);
    std::cerr << line << '\n';
    std::snprintf(line, sizeof line, "memory: limit %s, forecast %s, was %s; %d of %d denoiser blocks kept",
                  format_megabytes(plan.memory_limit).c_str(), format_megabytes(plan.peak_bytes()).c_str(),
                  format_megabytes(report.peak_rss_bytes).c_str(), denoising.blocks_kept, denoising.blocks);
    std::cerr << line << '\n';
    std::snprintf(line, sizeof line,
                  "weights: forecast %s, was %s read; loading took %.2f s, %.2f hidden behind computation",
                  format_megabytes(plan.bytes_read()).c_str(), format_megabytes(report.bytes_read).c_str(),
                  report.load_s, std::max(0.0, report.load_s - report.load_exposed_s));
    std::cerr << line << '\n';
  }

  void cancelled(const odsora::Report& report) override {
    clear_line();
    if (report.checkpoint.empty()) {
      std::cerr << "odsora: interrupted before there was anything to keep\n";
    } else {
      std::cerr << "odsora: interrupted; the same command goes on, from " << report.checkpoint << '\n';
    }
  }

  void failed(const odsora::Error& /*error*/) override { clear_line(); }

 protected:
  virtual void clear_line() {}
  bool verbose_;
};

class PlainPrinter final : public TextPrinter {
 public:
  using TextPrinter::TextPrinter;
  void progress(const odsora::Progress& progress) override {
    if (progress.step > 0) std::cerr << describe(progress) << '\n';
  }
};

std::string environment_variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

Cells terminal_size() {
  winsize size = {};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0) return {};
  return {.columns = size.ws_col, .rows = size.ws_row};
}

// One line of the terminal, written over.
class LivePrinter final : public TextPrinter {
 public:
  using TextPrinter::TextPrinter;
  void start(const Announcement& announcement, const odsora::Report& planned) override {
    picture_.leave();
    TextPrinter::start(announcement, planned);
  }
  void progress(const odsora::Progress& progress) override { std::cerr << kClear << describe(progress) << std::flush; }
  void note(const std::string& sentence) override {
    picture_.leave();
    TextPrinter::note(sentence);
  }
  void preview(const odsora::Preview& preview) override {
    std::cerr << kClear << picture_.show(preview, terminal_size()) << std::flush;
  }

 protected:
  void clear_line() override { std::cerr << kClear << std::flush; }

 private:
  static constexpr const char* kClear = "\r\033[K";

  TerminalPicture picture_{picture_protocol(environment_variable)};
};

class SilentPrinter final : public TextPrinter {
 public:
  using TextPrinter::TextPrinter;
  void start(const Announcement& announcement, const odsora::Report& planned) override {
    if (verbose_) TextPrinter::start(announcement, planned);
  }
  void resumed(const odsora::ResumePoint& point) override {
    if (verbose_) TextPrinter::resumed(point);
  }
  void progress(const odsora::Progress& /*progress*/) override {}
  void done(const odsora::Report& report, const std::string& output) override {
    if (verbose_) TextPrinter::done(report, output);
  }
};

}  // namespace

std::unique_ptr<ProgressPrinter> make_progress_printer(ProgressStyle style, bool verbose) {
  switch (style) {
    case ProgressStyle::kJson: return make_json_printer();
    case ProgressStyle::kNone: return std::make_unique<SilentPrinter>(verbose);
    case ProgressStyle::kPlain: return std::make_unique<PlainPrinter>(verbose);
    case ProgressStyle::kAuto: break;
  }
  if (isatty(STDERR_FILENO) != 0) return std::make_unique<LivePrinter>(verbose);
  return std::make_unique<PlainPrinter>(verbose);
}

}  // namespace odsora_cli
