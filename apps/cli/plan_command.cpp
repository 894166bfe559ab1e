#include "plan_command.h"

#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

namespace odsora_cli {
namespace {

constexpr double kGigabyte = 1e9;

constexpr const char* kExamples = R"(Examples:
  odsora plan -p "a waterfall in a forest" --model ~/open-sora-v1.2 --max-ram 3.3G
  odsora plan -p "a waterfall in a forest" --model ~/open-sora-v1.2 -W 1280 -H 720 --frames 17 --json)";

void print_table(const odsora::Plan& plan) {
  std::printf("%-10s %14s %14s %16s %10s\n", "phase", "peak memory", "weights read", "blocks kept", "about");
  for (const odsora::PlannedPhase& phase : plan.phases) {
    std::printf("%-10s %11.2f GB %11.2f GB %10d of %-3d %8.0f s\n", odsora::phase_name(phase.phase),
                static_cast<double>(phase.peak_bytes) / kGigabyte, static_cast<double>(phase.bytes_read) / kGigabyte,
                phase.blocks_kept, phase.blocks, phase.seconds);
  }
  std::printf("memory limit %.2f GB; the least that would work is %.2f GB\n",
              static_cast<double>(plan.memory_limit) / kGigabyte,
              static_cast<double>(plan.least_memory_limit) / kGigabyte);
}

void print_json(const odsora::Plan& plan) {
  nlohmann::ordered_json phases = nlohmann::ordered_json::array();
  for (const odsora::PlannedPhase& phase : plan.phases) {
    phases.push_back({{"phase", odsora::phase_name(phase.phase)},
                      {"peak_bytes", phase.peak_bytes},
                      {"bytes_read", phase.bytes_read},
                      {"blocks", phase.blocks},
                      {"blocks_kept", phase.blocks_kept},
                      {"seconds", phase.seconds}});
  }
  const nlohmann::ordered_json all = {
      {"memory_limit", plan.memory_limit}, {"least_memory_limit", plan.least_memory_limit}, {"phases", phases}};
  std::cout << all.dump(2) << '\n';
}

}  // namespace

PlanCommand::PlanCommand(CLI::App& app)
    : command_(app.add_subcommand("plan", "Tell what a video will take: memory, reading, time")), options_(*command_) {
  command_->footer(kExamples);
  command_->add_flag("--json", json_, "As one JSON object");
}

int PlanCommand::run() {
  odsora::Engine engine(options_.engine());
  const odsora::Plan plan = engine.plan(options_.request());
  if (json_) {
    print_json(plan);
  } else {
    print_table(plan);
  }
  return 0;
}

}  // namespace odsora_cli
