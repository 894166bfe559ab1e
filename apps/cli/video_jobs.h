// Videos to make one after the other, from one loaded model.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "odsora/odsora.h"
#include "progress_printer.h"

namespace odsora_cli {

struct VideoJob {
  odsora::Request request;
  odsora::OutputFile output;
};

/// The job once for each of `count` seeds, counted up from its own or from a random one. Several go to names that end
/// in their seed: clip-7.mp4, clip-8.mp4. An output without a name becomes odsora-SEED.mp4.
std::vector<VideoJob> with_seeds(const VideoJob& job, int count);

/// "clip.mp4" with "12" is clip-12.mp4.
std::string numbered(const std::string& output, const std::string& number);

/// The same for the output's preview, if it has one.
void number_preview(odsora::OutputFile& output, const std::string& number);

/// Checks every job, then makes them in turn; a failure or an interruption keeps the videos that are made. → the exit
/// code. Throws odsora::Error.
int make_videos(const odsora::EngineOptions& options, const std::vector<VideoJob>& jobs, ProgressPrinter& printer,
                const std::function<void(const odsora::Report&)>& on_done = {});

}  // namespace odsora_cli
