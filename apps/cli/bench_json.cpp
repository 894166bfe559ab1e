#include "bench_json.h"

namespace odsora_cli {
namespace {

nlohmann::ordered_json samples_json(const odsora::Samples& samples) {
  return {{"median_s", samples.median}, {"least_s", samples.least}, {"most_s", samples.most}, {"runs", samples.runs}};
}

}  // namespace

nlohmann::ordered_json bench_json(const odsora::BenchMachine& machine) {
  nlohmann::ordered_json json = {{"event", "machine"},
                                 {"precision", odsora::precision_name(machine.precision)},
                                 {"threads", machine.threads},
                                 {"instructions", machine.instructions}};
  if (!machine.peer.empty()) json["peer"] = machine.peer;
  return json;
}

nlohmann::ordered_json bench_json(const odsora::BenchResult& result) {
  nlohmann::ordered_json json = {{"event", "case"},
                                 {"case", result.name},
                                 {"what", result.what},
                                 {"flops", result.work.flops},
                                 {"bytes", result.work.bytes},
                                 {"own", samples_json(result.own)},
                                 {"matrix_peak_flops_per_s", result.limits.flops_per_s},
                                 {"memory_bytes_per_s", result.limits.bytes_per_s}};
  if (result.work.flops > 0) json["matrix_share"] = result.matrix_share();
  if (result.work.bytes > 0) json["memory_share"] = result.memory_share();
  if (result.peer) {
    json["peer"] = samples_json(*result.peer);
    json["speedup"] = result.speedup();
  }
  if (result.competed) {
    json["competed"] = samples_json(*result.competed);
    json["slowdown"] = result.competed->median / result.own.median;
  }
  if (result.parts) {
    for (size_t i = 0; i < odsora::kOperationKinds; ++i) {
      const odsora::OperationTotals& part = (*result.parts)[i];
      json["parts"][odsora::operation_kind_name(static_cast<odsora::OperationKind>(i))] = {{"seconds", part.seconds},
                                                                                           {"flops", part.flops}};
    }
  }
  return json;
}

nlohmann::ordered_json bench_json(const odsora::BenchJob& job, const odsora::Report& report) {
  return {{"event", "job"},
          {"case", job.name},
          {"total_s", report.total_s},
          {"text_s", report.text_s},
          {"denoising_s", report.denoising_s},
          {"decoding_s", report.decoding_s},
          {"evaluations", report.evaluations},
          {"load_s", report.load_s},
          {"load_exposed_s", report.load_exposed_s},
          {"bytes_read", report.bytes_read},
          {"peak_rss_bytes", report.peak_rss_bytes}};
}

}  // namespace odsora_cli
