#include "checkpoint_options.h"

namespace odsora_cli {
namespace {

constexpr double kMostSeconds = 1e6;
constexpr const char* kGroup = "Unfinished work";

}  // namespace

void add_checkpoint_every(CLI::App& command, double& every_s) {
  command
      .add_option("--checkpoint-every", every_s,
                  "Seconds of work between two checkpoints beside the output; 0: after each step [30]")
      ->type_name("SECONDS")
      ->check(CLI::Range(0.0, kMostSeconds).description(""))
      ->group(kGroup);
}

void add_checkpoint_options(CLI::App& command, odsora::Checkpoints& checkpoints) {
  add_checkpoint_every(command, checkpoints.every_s);
  command
      .add_flag("--fresh", checkpoints.fresh, "Start over: drop what an earlier run of this command left unfinished")
      ->group(kGroup);
}

}  // namespace odsora_cli
