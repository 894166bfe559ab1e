#include "output_options.h"

namespace odsora_cli {

void add_output_options(CLI::App& command, odsora::OutputFile& output) {
  command
      .add_option("-o,--output", output.path,
                  "File to write: .mp4, .webm, .gif, .webp, or .png (numbered when there are several frames); an older "
                  "file is replaced [odsora-SEED.mp4]")
      ->type_name("FILE");
  command.add_option("--quality", output.quality, "1 to 100, of .mp4, .webm and .webp [80]");
  command.add_flag_callback(
      "--no-metadata", [&output] { output.generation_data = false; },
      "Do not tell in the file what it was made from (odsora info shows it)");
}

void add_preview_option(CLI::App& command, std::string& file) {
  command
      .add_option("--preview", file,
                  "A .png that shows the video in small while it is denoised; numbered where the outputs are")
      ->type_name("FILE");
}

}  // namespace odsora_cli
