#include "generate_command.h"

#include "checkpoint_options.h"
#include "explain_path.h"
#include "output_options.h"
#include "prompt_file.h"

namespace odsora_cli {
namespace {

constexpr int kMostVideos = 100'000;

constexpr const char* kExamples = R"(Examples:
  odsora generate -p "a panda bouncing over the ocean at sunset"
  odsora generate -p "a rocket rising over a city at night" -o rocket.mp4 --seed 7
  odsora generate -p "a cat bouncing in the snow" --preset fast --explain
  odsora generate -p "a still red apple" --frames 1 -o apple.png
  odsora generate -p "a cat in the snow" --init-image cat.jpg --loop 2 -o cat.webm
  odsora generate --prompt-file prompts.txt --count 4 -o clip.gif
  odsora generate --model ~/open-sora-v1.2 -p "a waterfall in a forest" -W 256 -H 256 --frames 68 --progress json)";

}  // namespace

GenerateCommand::GenerateCommand(CLI::App& app)
    : command_(app.add_subcommand("generate", "Generate a video from a prompt")),
      request_(*command_),
      engine_(*command_) {
  command_->footer(kExamples);
  engine_.add_precision(*command_);
  add_output_options(*command_, output_);
  add_preview_option(*command_, output_.preview);
  command_->add_option("--count", count_, "Make so many videos, with seeds that count up [1]")
      ->type_name("N")
      ->check(CLI::Range(1, kMostVideos).description(""));
  command_
      ->add_option("--prompt-file", prompt_file_, "Make a video of each line: a prompt, or a JSON object of settings")
      ->type_name("FILE")
      ->excludes(&request_.prompt());
  add_checkpoint_options(*command_, output_.checkpoints);
  command_->add_flag(
      "--keep-checkpoint", output_.checkpoints.keep,
      "Leave the checkpoint there when the video is whole: odsora decode makes other files of its latents");
  add_progress_options(*command_, progress_);
  command_->add_flag("--explain", explain_,
                     "Tell for each denoising step how straight the path was and what LPL decided");
}

int GenerateCommand::run() {
  return run_with_printer(progress_, [this](ProgressPrinter& printer) { return generate(printer); });
}

int GenerateCommand::generate(ProgressPrinter& printer) const {
  const odsora::EngineOptions options = engine_.get();
  check_prompt();
  odsora::Engine engine(options);
  return make_videos(engine, options.model_folder, jobs(engine), printer, [this](const odsora::Report& report) {
    if (explain_ && progress_.style != ProgressStyle::kJson) explain_path(report);  // NDJSON has the path in any case
  });
}

void GenerateCommand::check_prompt() const {
  if (prompt_file_.empty() && request_.prompt().empty()) {
    throw odsora::Error(odsora::ErrorCode::kInvalidArgument, "prompt: expected --prompt or --prompt-file, found none");
  }
}

std::vector<VideoJob> GenerateCommand::jobs(odsora::Engine& engine) const {
  const VideoJob job = {.request = request_.request(), .output = output_};
  if (prompt_file_.empty()) return with_seeds(engine, job, count_);
  std::vector<VideoJob> all;
  for (const VideoJob& line : read_prompt_file(prompt_file_, job)) {
    for (const VideoJob& one : with_seeds(engine, line, count_)) all.push_back(one);
  }
  return all;
}

}  // namespace odsora_cli
