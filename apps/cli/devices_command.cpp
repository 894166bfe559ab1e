#include "devices_command.h"

#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "gigabytes.h"
#include "tools/device_report.h"

namespace odsora_cli {
namespace {

template <typename Value>
nlohmann::ordered_json or_null(const std::optional<Value>& value) {
  return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json();
}

nlohmann::ordered_json as_json(const odsora::DeviceReport& report) {
  nlohmann::ordered_json instructions = nlohmann::ordered_json::array();
  for (const odsora::ReportedInstructions& set : report.instructions) {
    instructions.push_back({{"name", set.name}, {"present", set.present}, {"used", set.used}});
  }
  return {{"device", report.device},
          {"processor", report.processor},
          {"cores", report.cores},
          {"instructions", instructions},
          {"max_isa", or_null(report.instruction_limit)},
          {"precision", odsora::precision_name(report.precision)},
          {"precision_reason", report.precision_reason},
          {"kernels",
           {{"products", report.product_kernel},
            {"convolutions", report.convolution_kernel},
            {"element_wise", report.element_wise_target}}},
          {"threads", report.cores},
          {"wait_policy", or_null(report.wait_policy)},
          {"memory_available", or_null(report.memory_available)},
          {"memory_limit", report.memory_limit},
          {"libraries", {{"onednn", report.onednn_version}, {"highway", report.highway_version}}}};
}

// "AVX2, AVX-512; not used: AVX512-BF16; not there: AMX-BF16".
std::string describe_instructions(const odsora::DeviceReport& report) {
  std::string used, off, missing;
  for (const odsora::ReportedInstructions& set : report.instructions) {
    std::string& list = set.used ? used : set.present ? off : missing;
    list += (list.empty() ? "" : ", ") + set.name;
  }
  if (used.empty()) used = "none";
  if (!off.empty()) used += "; not used: " + off;
  if (!missing.empty()) used += "; not there: " + missing;
  return used;
}

void print_line(const char* what, const std::string& value) { std::printf("%-14s%s\n", what, value.c_str()); }

void print_lines(const odsora::DeviceReport& report) {
  const std::string from_onednn = " (oneDNN " + report.onednn_version + ")";
  print_line("device", report.device);
  print_line("processor", report.processor.empty() ? "unknown" : report.processor);
  print_line("cores", std::to_string(report.cores));
  print_line("instructions", describe_instructions(report));
  print_line("limit", report.instruction_limit ? "ODSORA_MAX_ISA=" + *report.instruction_limit : "none");
  print_line("precision", std::string(odsora::precision_name(report.precision)) + ": " + report.precision_reason);
  print_line("products", report.product_kernel + from_onednn);
  print_line("convolutions", report.convolution_kernel + from_onednn);
  print_line("element-wise", report.element_wise_target + " (Highway " + report.highway_version + ")");
  print_line("threads", std::to_string(report.cores) + ", OMP_WAIT_POLICY " + report.wait_policy.value_or("not set"));
  print_line("memory", (report.memory_available ? gigabytes(*report.memory_available) + " available" : "unknown") +
                           ", limit by default " + gigabytes(report.memory_limit));
}

}  // namespace

DevicesCommand::DevicesCommand(CLI::App& app)
    : command_(app.add_subcommand("devices", "Tell what computes here: instructions, precision, kernels, memory")) {
  command_->add_flag("--json", json_, "As one JSON object");
}

int DevicesCommand::run() const {
  const odsora::DeviceReport report = odsora::report_device();
  if (json_) {
    std::cout << as_json(report).dump(2) << '\n';
  } else {
    print_lines(report);
  }
  return 0;
}

}  // namespace odsora_cli
