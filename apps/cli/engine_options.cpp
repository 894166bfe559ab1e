#include "engine_options.h"

#include <map>

#include "choice_option.h"
#include "find_model.h"

namespace odsora_cli {
namespace {

std::map<std::string, odsora::Precision> precisions() {
  std::map<std::string, odsora::Precision> by_name;
  for (const odsora::Precision precision : odsora::kPrecisions) by_name[odsora::precision_name(precision)] = precision;
  return by_name;
}

constexpr const char* kMemoryGroup = "Memory";
constexpr const char* kDemonstrationGroup = "For tests and demonstrations (the result is the same)";

}  // namespace

EngineOptions::EngineOptions(CLI::App& command) {
  command.add_option("--model", model_, "Model folder, or the name of one that odsora models lists [emoji-world]")
      ->type_name("FOLDER|NAME");
  command.add_option("-t,--threads", engine_.threads, "Compute threads; the result does not depend on it [one a core]")
      ->type_name("N");

  command
      .add_option("--max-ram", memory_limit_,
                  "The most memory the process may take: 3.3G, 800M (powers of 1000), 3Gi (of 1024) [what is free]")
      ->type_name("SIZE")
      ->group(kMemoryGroup);
  command
      .add_flag_callback(
          "--no-cache", [this] { engine_.prompt_cache = false; },
          "Neither look up nor keep text embeddings and preview colours on disk")
      ->group(kMemoryGroup);

  command.add_option("--trace", engine_.trace_file, "Write a trace of loads and computation for ui.perfetto.dev")
      ->type_name("FILE")
      ->group(kDemonstrationGroup);
  command.add_option("--throttle-disk", throttle_, "Read weights no faster than this a second, e.g. 500M")
      ->type_name("SIZE")
      ->group(kDemonstrationGroup);
  command
      .add_flag_callback(
          "--no-prefetch", [this] { engine_.streaming.prefetch = false; },
          "Load each block when it is needed, not before")
      ->group(kDemonstrationGroup);
  command
      .add_flag_callback(
          "--no-residency", [this] { engine_.streaming.keep_blocks = false; },
          "Keep no block in memory from step to step")
      ->group(kDemonstrationGroup);
}

void EngineOptions::add_precision(CLI::App& command) {
  static const std::map<std::string, odsora::Precision> kByName = precisions();
  add_choice(command, "--precision", kByName, engine_.precision,
             "Number format; auto is bf16 where the CPU has it [auto]");
}

odsora::EngineOptions EngineOptions::get(const std::string& model) const {
  odsora::EngineOptions options = engine_;
  options.model_folder = find_model_folder(model_.empty() ? model : model_);
  if (!memory_limit_.empty()) options.memory_limit = odsora::parse_memory_size(memory_limit_);
  if (!throttle_.empty()) {
    options.streaming.throttle_bytes_per_s = static_cast<double>(odsora::parse_memory_size(throttle_));
  }
  return options;
}

odsora::EngineOptions EngineOptions::for_recipe(const odsora::Recipe& recipe, const std::string& model) const {
  odsora::EngineOptions options = get(model);
  options.model_digest = recipe.model_digest;
  options.precision = recipe.precision;
  return options;
}

}  // namespace odsora_cli
