#include "rerun_command.h"

#include <filesystem>

#include "checkpoint_options.h"
#include "output_options.h"
#include "video_jobs.h"

namespace odsora_cli {
namespace {

constexpr const char* kRerunExamples = R"(Examples:
  odsora rerun panda.mp4
  odsora rerun panda.png -o again.png
  odsora rerun cat.webm --inputs ~/pictures)";

// Names become files of a folder. A recipe holds names only; one with a folder in it was not written by odsora.
void find_in(const std::filesystem::path& folder, odsora::Reference& file, const std::string& source) {
  if (file.path.empty()) return;
  const std::filesystem::path name(file.path);
  if (name.filename() != name || name == "..") {
    throw odsora::Error(odsora::ErrorCode::kInvalidArgument,
                        source + ": expected the plain name of a given file, found " + file.path);
  }
  file.path = folder / name;
}

}  // namespace

RerunCommand::RerunCommand(CLI::App& app)
    : command_(app.add_subcommand("rerun", "Make the video of a file again, from what the file tells of its making")),
      engine_(*command_) {
  command_->footer(kRerunExamples);
  command_->add_option("file", file_, "A file that odsora generate wrote")->required()->type_name("FILE");
  command_->add_option("-o,--output", output_, "File to write; its extension may be another [FILE-again]")
      ->type_name("FILE");
  add_preview_option(*command_, preview_);
  command_->add_option("--inputs", inputs_, "Folder of the pictures and videos that were given [that of FILE]")
      ->type_name("FOLDER");
  add_checkpoint_options(*command_, checkpoints_);
  add_progress_options(*command_, progress_);
}

int RerunCommand::run() {
  return run_with_printer(progress_, [this](ProgressPrinter& printer) { return rerun(printer); });
}

int RerunCommand::rerun(ProgressPrinter& printer) {
  odsora::Recipe recipe = odsora::parse_recipe(odsora::read_generation_data(file_), file_);
  const std::filesystem::path folder =
      inputs_.empty() ? std::filesystem::path(file_).parent_path() : std::filesystem::path(inputs_);
  odsora::Conditioning& given = recipe.request.conditioning;
  for (odsora::Reference* file : {&given.init_image, &given.init_video, &given.end_image}) {
    find_in(folder, *file, file_);
  }
  if (recipe.version != odsora::version()) {
    printer.note(file_ + " was made by odsora " + recipe.version + "; this is " + odsora::version() +
                 ", so the video may differ");
  }
  const odsora::EngineOptions options = engine_.for_recipe(recipe, recipe.model_name);
  odsora::Engine engine(options);
  const odsora::OutputFile file = {
      .path = output(), .quality = recipe.quality, .checkpoints = checkpoints_, .preview = preview_};
  return make_videos(engine, options.model_folder, {{.request = recipe.request, .output = file}}, printer);
}

std::string RerunCommand::output() const { return output_.empty() ? numbered(file_, "again") : output_; }

}  // namespace odsora_cli
