// A file of prompts: a job a line.
#pragma once

#include <string>
#include <vector>

#include "video_jobs.h"

namespace odsora_cli {

/// The jobs of a file: each line that is not blank is a prompt, or a JSON object of settings (docs/formats.md),
/// "output" among them, that hold in place of those of `defaults`. A job whose line names no output goes to that of the
/// defaults with the number of its line: odsora-12.mp4. Throws odsora::Error that names file and line.
std::vector<VideoJob> read_prompt_file(const std::string& file, const VideoJob& defaults);

}  // namespace odsora_cli
