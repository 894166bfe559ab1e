#include "generate_command.h"

#include <map>

#include "choice_option.h"
#include "explain_path.h"
#include "interrupt.h"

namespace odsora_cli {
namespace {

const std::map<std::string, ProgressStyle> kProgressStyles = {{"auto", ProgressStyle::kAuto},
                                                              {"plain", ProgressStyle::kPlain},
                                                              {"json", ProgressStyle::kJson},
                                                              {"none", ProgressStyle::kNone}};

constexpr const char* kExamples = R"(Examples:
  odsora generate -p "a panda bouncing over the ocean at sunset"
  odsora generate -p "a rocket rising over a city at night" -o rocket.mp4 --seed 7
  odsora generate -p "a cat bouncing in the snow" --preset fast --explain
  odsora generate -p "a still red apple" --frames 1 -o apple.png
  odsora generate --model ~/open-sora-v1.2 -p "a waterfall in a forest" -W 256 -H 256 --frames 68 --progress json)";

}  // namespace

GenerateCommand::GenerateCommand(CLI::App& app)
    : command_(app.add_subcommand("generate", "Generate a video from a prompt")), options_(*command_) {
  command_->footer(kExamples);
  command_->add_option("-o,--output", output_,
                       "File to write: .mp4, or .png (numbered when there are several frames); an older file is "
                       "replaced [odsora-SEED.mp4]");
  add_choice(*command_, "--progress", kProgressStyles, progress_,
             "auto, plain, json (one object a line on standard output) or none [auto]");
  command_->add_flag("-v,--verbose", verbose_, "Say more");
  command_->add_flag("--explain", explain_,
                     "Tell for each denoising step how straight the path was and what LPL decided");
}

int GenerateCommand::run() {
  odsora::Request request = options_.request();
  if (!request.seed) request.seed = odsora::random_seed();
  if (output_.empty()) output_ = "odsora-" + std::to_string(*request.seed) + ".mp4";
  const auto printer = make_progress_printer(progress_, verbose_);
  try {
    return generate(request, *printer);
  } catch (const odsora::Error& error) {
    printer->failed(error);
    throw;
  }
}

int GenerateCommand::generate(const odsora::Request& request, ProgressPrinter& printer) {
  odsora::CancelToken& token = interrupt_token();
  const odsora::EngineOptions engine_options = options_.engine();
  odsora::Engine engine(engine_options);
  const odsora::Observer observer = {
      .on_start =
          [&](const odsora::Report& planned) {
            printer.start({.output = output_, .model = engine_options.model_folder, .seed = planned.seed});
          },
      .on_progress = [&](const odsora::Progress& progress) { printer.progress(progress); },
      .on_note = [&](const std::string& sentence) { printer.note(sentence); }};
  const odsora::Report report = engine.generate(request, output_, observer, &token);
  if (report.cancelled) {
    printer.cancelled();
    return kExitInterrupted;
  }
  printer.done(report, output_);
  if (explain_ && progress_ != ProgressStyle::kJson) explain_path(report);  // NDJSON has the path in any case
  return 0;
}

}  // namespace odsora_cli
