#include "progress_json.h"

#include <cmath>
#include <iostream>
#include <nlohmann/json.hpp>

#include "plan_json.h"

namespace odsora_cli {
namespace {

using Json = nlohmann::ordered_json;

void print(const Json& event) {
  // Text from outside may hold anything; what is not UTF-8 becomes a replacement character.
  std::cout << event.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n' << std::flush;
}

Json path_json(const odsora::Report& report) {
  Json path = Json::array();
  for (const odsora::DenoisingStep& step : report.path) {
    path.push_back({{"step", step.step},
                    {"t", step.t},
                    {"cosine", std::isnan(step.cosine) ? Json() : Json(step.cosine)},
                    {"merged_blocks", step.merged_blocks},
                    {"decision", step.decision}});
  }
  return path;
}

class JsonPrinter final : public ProgressPrinter {
 public:
  void start(const Announcement& announcement, const odsora::Report& planned) override {
    print({{"event", "start"},
           {"output", announcement.output},
           {"model", announcement.model},
           {"job", announcement.job},
           {"jobs", announcement.jobs},
           {"seed", planned.seed},
           {"width", planned.width},
           {"height", planned.height},
           {"frames", planned.frames},
           {"fps", planned.fps},
           {"version", odsora::version()}});
  }

  void resumed(const odsora::ResumePoint& point) override {
    print({{"event", "resumed"},
           {"phase", odsora::phase_name(point.phase)},
           {"step", point.step},
           {"steps", point.steps},
           {"clip", point.clip},
           {"clips", point.clips}});
  }

  void progress(const odsora::Progress& progress) override {
    print({{"event", "progress"},
           {"phase", odsora::phase_name(progress.phase)},
           {"step", progress.step},
           {"steps", progress.steps},
           {"clip", progress.clip},
           {"clips", progress.clips},
           {"elapsed_s", progress.elapsed_s},
           {"left_s", progress.left_s < 0 ? Json() : Json(progress.left_s)},
           {"rss_bytes", progress.rss_bytes}});
  }

  void note(const std::string& sentence) override { print({{"event", "note"}, {"message", sentence}}); }

  void preview(const odsora::Preview& preview) override {
    print({{"event", "preview"},
           {"file", preview.file},
           {"step", preview.step},
           {"clip", preview.clip},
           {"clips", preview.clips},
           {"width", preview.width},
           {"height", preview.height}});
  }

  void done(const odsora::Report& report, const std::string& output) override {
    print({{"event", "done"},
           {"output", output},
           {"width", report.width},
           {"height", report.height},
           {"frames", report.frames},
           {"fps", report.fps},
           {"seed", report.seed},
           {"precision", odsora::precision_name(report.precision)},
           {"preset", report.preset ? Json(odsora::preset_name(*report.preset)) : Json()},
           {"steps", report.steps},
           {"evaluations", report.evaluations},
           {"path", path_json(report)},
           {"seconds",
            {{"text", report.text_s},
             {"conditioning", report.conditioning_s},
             {"denoising", report.denoising_s},
             {"decoding", report.decoding_s},
             {"total", report.total_s}}},
           {"peak_rss_bytes", report.peak_rss_bytes},
           {"bytes_read", report.bytes_read},
           {"load_s", report.load_s},
           {"load_exposed_s", report.load_exposed_s},
           {"cached_prompt", report.cached_prompt},
           {"plan", plan_json(report.plan)}});
  }

  void cancelled(const odsora::Report& report) override {
    print({{"event", "cancelled"}, {"checkpoint", report.checkpoint.empty() ? Json() : Json(report.checkpoint)}});
  }

  void failed(const odsora::Error& error) override {
    print({{"event", "error"}, {"code", static_cast<int>(error.code())}, {"message", error.what()}});
  }
};

}  // namespace

std::unique_ptr<ProgressPrinter> make_json_printer() { return std::make_unique<JsonPrinter>(); }

}  // namespace odsora_cli
