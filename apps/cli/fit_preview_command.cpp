#include "fit_preview_command.h"

#include <cstdio>
#include <iostream>

#include "find_model.h"
#include "tools/preview_fit.h"

namespace odsora_cli {
namespace {

constexpr const char* kFitPreviewExamples = R"(Examples:
  odsora fit-preview clip-*.mp4
  odsora fit-preview --model ~/open-sora-v1.2 holidays-*.mp4)";

}  // namespace

FitPreviewCommand::FitPreviewCommand(CLI::App& app)
    : command_(app.add_subcommand("fit-preview", "Find the colours of a model's previews from some of its videos")) {
  command_->footer(kFitPreviewExamples);
  command_->add_option("--model", model_, "Model folder, or the name of one that odsora models lists [emoji-world]")
      ->type_name("FOLDER|NAME");
  command_->add_option("-t,--threads", threads_, "Compute threads; the result does not depend on it [one a core]")
      ->type_name("N");
  command_->add_option("videos", videos_, "Videos and pictures, two at least, of what the model draws")
      ->required()
      ->type_name("FILE");
}

int FitPreviewCommand::run() const {
  const odsora::PreviewFit fit = odsora::fit_preview(
      {.model_folder = find_model_folder(model_), .videos = {videos_.begin(), videos_.end()}, .threads = threads_});
  char line[240];
  std::snprintf(line, sizeof line,
                "%lld pairs of a latent pixel and its colour: R2 %.3f, PSNR %.1f dB; learnt from half of the videos, "
                "on the others: R2 %.3f, PSNR %.1f dB",
                static_cast<long long>(fit.pairs), fit.quality.explained, fit.quality.psnr, fit.on_others.explained,
                fit.on_others.psnr);
  std::cerr << line << '\n';
  std::cout << "  \"preview\": " << odsora::preview_json(fit.map) << '\n' << std::flush;
  return 0;
}

}  // namespace odsora_cli
