#include "resume_command.h"

#include "checkpoint_options.h"
#include "output_options.h"
#include "video_jobs.h"

namespace odsora_cli {
namespace {

constexpr const char* kResumeExamples = R"(Examples:
  odsora resume panda.mp4
  odsora resume panda.mp4.checkpoint --max-ram 2G)";

}  // namespace

ResumeCommand::ResumeCommand(CLI::App& app)
    : command_(app.add_subcommand("resume", "Go on with a video that was left unfinished, with its own settings")),
      engine_(*command_) {
  command_->footer(kResumeExamples);
  command_->add_option("file", file_, "The video that is not there yet, or its checkpoint")
      ->required()
      ->type_name("FILE");
  add_preview_option(*command_, preview_);
  add_checkpoint_every(*command_, every_s_);
  add_progress_options(*command_, progress_);
}

int ResumeCommand::run() {
  return run_with_printer(progress_, [this](ProgressPrinter& printer) { return resume(printer); });
}

int ResumeCommand::resume(ProgressPrinter& printer) {
  odsora::Unfinished unfinished = odsora::read_unfinished(file_);
  unfinished.output.checkpoints.every_s = every_s_;
  unfinished.output.preview = preview_;
  odsora::Engine engine(engine_.for_recipe(unfinished.recipe, unfinished.model_folder));
  return show_making({.output = unfinished.output.path, .model = unfinished.recipe.model_name}, printer,
                     [&](const odsora::Observer& observer, const odsora::CancelToken* cancel) {
                       return engine.resume(unfinished, observer, cancel);
                     });
}

}  // namespace odsora_cli
