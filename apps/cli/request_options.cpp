#include "request_options.h"

#include <map>

#include "choice_option.h"
#include "shipped_model.h"
#include "technique_options.h"

namespace odsora_cli {
namespace {

const std::map<std::string, odsora::Precision> kPrecisions = {
    {"auto", odsora::Precision::kAuto}, {"f32", odsora::Precision::kF32}, {"bf16", odsora::Precision::kBF16}};

const std::map<std::string, odsora::TokenMerging::Rule> kMergingRules = {
    {"mean", odsora::TokenMerging::Rule::kMean}, {"authors", odsora::TokenMerging::Rule::kAuthors}};

std::map<std::string, odsora::Preset> presets() {
  std::map<std::string, odsora::Preset> by_name;
  for (const odsora::Preset preset : odsora::kPresets) by_name[odsora::preset_name(preset)] = preset;
  return by_name;
}

// An option whose value `parse` reads; a value that it cannot read is an error of the command line.
template <typename Value>
CLI::Option* add_parsed(CLI::App& command, const std::string& name, Value& value,
                        std::string (*parse)(const std::string&, Value&), const std::string& description) {
  const auto read = [&value, parse, name](const CLI::results_t& values) {
    const std::string wrong = parse(values.at(0), value);
    if (!wrong.empty()) throw CLI::ValidationError(name, wrong);
    return true;
  };
  return command.add_option(name, read, description);
}

constexpr const char* kMemoryGroup = "Memory";
constexpr const char* kDemonstrationGroup = "For tests and demonstrations (the result is the same)";

}  // namespace

RequestOptions::RequestOptions(CLI::App& command) {
  command.add_option("-p,--prompt", request_.prompt, "What the video shows")->required();
  command.add_option("--model", engine_.model_folder, "Model folder [the shipped emoji-world]");
  command.add_option("-W,--width", request_.width, "Pixels, even [the model's own]");
  command.add_option("-H,--height", request_.height, "Pixels, even [the model's own]");
  command.add_option("--frames", request_.frames, "Frames; 1 is a picture [the model's own]");
  command.add_option("--fps", request_.fps, "Frames a second [the model's own]");
  command.add_option("--steps", request_.steps, "Denoising steps [the model's own]");
  static const std::map<std::string, odsora::Preset> kByName = presets();
  add_choice(
      command, "--preset", kByName, request_.preset,
      "How much to leave out for speed: exact leaves out nothing, balanced what costs no quality [the model's own]");
  CLI::Option* const leaps = add_parsed(command, "--leaps", leap_, parse_growing_leaps,
                                        "Evaluate the model only N times, in leaps over steps that grow along the path")
                                 ->type_name("N");
  lpl_or_leaps_ = {leaps, add_parsed(command, "--lpl", leap_, parse_leap,
                                     "Leap over the last steps once the path is straight: auto, or after N evaluations "
                                     "of the model; authors leaps where the authors' code does [off]")
                              ->type_name("off|auto|authors|N")
                              ->excludes(leaps)};
  tdtm_ = add_parsed(command, "--tdtm", merging_.steps, parse_steps,
                     "Merge pairs of frames in attention: in all steps, the first N, or steps A to B [off]")
              ->type_name("off|all|N|A-B");
  add_parsed(command, "--tdtm-blocks", merging_.blocks, parse_blocks,
             "Merge in these blocks only, counted in pairs of a spatial and a temporal one [all]")
      ->type_name("all|N|A-B")
      ->needs(tdtm_);
  add_choice(command, "--tdtm-rule", kMergingRules, merging_.rule,
             "Where merged frames are in time: at the mean of the two, or where the authors' code puts them [mean]")
      ->needs(tdtm_);
  command.add_option("--cfg-scale", request_.guidance_scale,
                     "Guidance: how closely to follow the prompt [the model's own]");
  command.add_option("--seed", request_.seed, "Number that the noise is made from [random, and printed]");
  command.add_option("-t,--threads", engine_.threads, "Compute threads; the result does not depend on it [one a core]");
  add_choice(command, "--precision", kPrecisions, engine_.precision,
             "f32, bf16 or auto: bf16 where the CPU has it [auto]");

  command
      .add_option("--max-ram", memory_limit_,
                  "The most memory the process may take: 3.3G, 800M (powers of 1000), 3Gi (of 1024) [what is free]")
      ->group(kMemoryGroup);
  command
      .add_flag_callback(
          "--no-cache", [this] { engine_.prompt_cache = false; }, "Neither look up nor keep the text embedding on disk")
      ->group(kMemoryGroup);

  command.add_option("--trace", engine_.trace_file, "Write a trace of loads and computation for ui.perfetto.dev")
      ->group(kDemonstrationGroup);
  command.add_option("--throttle-disk", throttle_, "Read weights no faster than this a second, e.g. 500M")
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

odsora::Request RequestOptions::request() const {
  odsora::Request request = request_;
  for (const CLI::Option* option : lpl_or_leaps_) {
    if (!option->empty()) request.leap = leap_;
  }
  if (!tdtm_->empty()) request.tdtm = merging_;
  return request;
}

odsora::EngineOptions RequestOptions::engine() const {
  odsora::EngineOptions options = engine_;
  if (options.model_folder.empty()) options.model_folder = shipped_model_folder();
  if (options.model_folder.empty()) {
    throw odsora::Error(odsora::ErrorCode::kBadModel,
                        "no model: models/emoji-world was not found near the program; name a folder with --model");
  }
  if (!memory_limit_.empty()) options.memory_limit = odsora::parse_memory_size(memory_limit_);
  if (!throttle_.empty()) {
    options.streaming.throttle_bytes_per_s = static_cast<double>(odsora::parse_memory_size(throttle_));
  }
  return options;
}

}  // namespace odsora_cli
