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

/// "clip.mp4" with "12" is clip-12.mp4.
std::string numbered(const std::string& output, const std::string& number);

/// The same for the output's preview, if it has one.
void number_preview(odsora::OutputFile& output, const std::string& number);

/// The output of a video with this seed, one of `count`: several go to names that end in their seed, clip-7.mp4,
/// clip-8.mp4; without a name it is odsora-SEED.mp4.
std::string output_of_seed(const std::string& output, uint64_t seed, int count);

/// The job once for each of `count` seeds, counted up from its own; without one from that of unfinished work with the
/// same settings, else from a random one.
std::vector<VideoJob> with_seeds(odsora::Engine& engine, const VideoJob& job, int count);

/// What is done with an engine to make one video.
using MakeVideo = std::function<odsora::Report(const odsora::Observer&, const odsora::CancelToken*)>;

/// Makes one video and shows how it goes. → the exit code. Throws odsora::Error.
int show_making(const Announcement& announcement, ProgressPrinter& printer, const MakeVideo& make,
                const std::function<void(const odsora::Report&)>& on_done = {});

/// Checks every job, then makes them in turn; a failure or an interruption keeps the videos that are made. Of several,
/// those that are there already, made from the same settings, are passed over. → the exit code. Throws odsora::Error.
int make_videos(odsora::Engine& engine, const std::string& model, const std::vector<VideoJob>& jobs,
                ProgressPrinter& printer, const std::function<void(const odsora::Report&)>& on_done = {});

}  // namespace odsora_cli
