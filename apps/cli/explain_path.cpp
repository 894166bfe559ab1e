#include "explain_path.h"

#include <cmath>
#include <cstdio>
#include <iostream>
#include <string>

namespace odsora_cli {
namespace {

constexpr const char* kRow = "%5s %7s %8s %7s  %s\n";

std::string number(const char* format, double value) {
  char text[32];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

void print_row(const std::string& step, const std::string& time, const std::string& cosine, const std::string& merged,
               const std::string& decision) {
  char line[240];
  std::snprintf(line, sizeof line, kRow, step.c_str(), time.c_str(), cosine.c_str(), merged.c_str(), decision.c_str());
  std::cerr << line;
}

}  // namespace

void explain_path(const odsora::Report& report) {
  if (report.preset) std::cerr << "preset " << odsora::preset_name(*report.preset) << '\n';
  print_row("step", "t", "cosine", "merged", "decision");
  for (const odsora::DenoisingStep& done : report.path) {
    const std::string cosine = std::isnan(done.cosine) ? "-" : number("%.4f", done.cosine);
    const std::string merged = done.merged_blocks == 0 ? "-" : std::to_string(done.merged_blocks);
    print_row(std::to_string(done.step), number("%.1f", done.t), cosine, merged, done.decision);
  }
  if (report.evaluations == report.steps) return;
  std::cerr << report.steps - report.evaluations << " of " << report.steps
            << " steps leapt over: " << report.evaluations << " evaluations\n";
}

}  // namespace odsora_cli
