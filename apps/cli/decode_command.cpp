#include "decode_command.h"

#include "checkpoint_options.h"
#include "output_options.h"
#include "video_jobs.h"

namespace odsora_cli {
namespace {

constexpr const char* kDecodeExamples = R"(Examples:
  odsora decode panda.mp4.checkpoint/latents-1.safetensors
  odsora decode panda.mp4.checkpoint/latents-*.safetensors -o panda.webm --max-ram 1G)";

}  // namespace

DecodeCommand::DecodeCommand(CLI::App& app)
    : command_(app.add_subcommand("decode", "Decode the latents in a checkpoint into a video file")),
      engine_(*command_) {
  command_->footer(kDecodeExamples);
  command_->add_option("latents", latents_, "latents-1.safetensors of a checkpoint; of several clips in their order")
      ->required()
      ->type_name("LATENTS");
  add_output_options(*command_, output_);
  add_checkpoint_options(*command_, output_.checkpoints);
  add_progress_options(*command_, progress_);
}

int DecodeCommand::run() {
  return run_with_printer(progress_, [this](ProgressPrinter& printer) { return decode(printer); });
}

int DecodeCommand::decode(ProgressPrinter& printer) {
  const odsora::Unfinished unfinished = odsora::read_unfinished(latents_.front());
  output_.path = output_of_seed(output_.path, unfinished.recipe.request.seed.value_or(0), 1);
  odsora::Engine engine(engine_.for_recipe(unfinished.recipe, unfinished.model_folder));
  return show_making({.output = output_.path, .model = unfinished.recipe.model_name}, printer,
                     [&](const odsora::Observer& observer, const odsora::CancelToken* cancel) {
                       return engine.decode(latents_, output_, observer, cancel);
                     });
}

}  // namespace odsora_cli
