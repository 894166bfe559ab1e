#include "plan_command.h"

#include <cstdio>
#include <iostream>

#include "gigabytes.h"
#include "plan_json.h"

namespace odsora_cli {
namespace {

constexpr const char* kPlanExamples = R"(Examples:
  odsora plan -p "a waterfall in a forest" --model ~/open-sora-v1.2 --max-ram 3.3G
  odsora plan -p "a waterfall in a forest" --model ~/open-sora-v1.2 -W 1280 -H 720 --frames 17 --json)";

void print_table(const odsora::Plan& plan) {
  std::printf("%-12s %14s %14s %16s %10s\n", "phase", "peak memory", "weights read", "blocks kept", "about");
  for (const odsora::PlannedPhase& phase : plan.phases) {
    if (phase.blocks == 0) {
      std::printf("%-12s in the cache already\n", odsora::phase_name(phase.phase));
      continue;
    }
    std::printf("%-12s %11.2f GB %11.2f GB %10d of %-3d %8.0f s\n", odsora::phase_name(phase.phase),
                static_cast<double>(phase.peak_bytes) / kGigabyte, static_cast<double>(phase.bytes_read) / kGigabyte,
                phase.blocks_kept, phase.blocks, phase.seconds);
  }
  std::printf("%-12s %11.2f GB %11.2f GB %16s %8.0f s\n", "in all", static_cast<double>(plan.peak_bytes()) / kGigabyte,
              static_cast<double>(plan.bytes_read()) / kGigabyte, "", plan.seconds());
  std::printf("memory limit %.2f GB; the least that would work is %.2f GB\n",
              static_cast<double>(plan.memory_limit) / kGigabyte,
              static_cast<double>(plan.least_memory_limit) / kGigabyte);
}

}  // namespace

PlanCommand::PlanCommand(CLI::App& app)
    : command_(app.add_subcommand("plan", "Tell what a video will take: memory, reading, time")),
      request_(*command_),
      engine_(*command_) {
  request_.prompt().required();
  engine_.add_precision(*command_);
  command_->footer(kPlanExamples);
  command_->add_flag("--json", json_, "As one JSON object");
}

int PlanCommand::run() {
  odsora::Engine engine(engine_.get());
  const odsora::Plan plan = engine.plan(request_.request());
  if (json_) {
    std::cout << plan_json(plan).dump(2) << '\n';
  } else {
    print_table(plan);
  }
  return 0;
}

}  // namespace odsora_cli
