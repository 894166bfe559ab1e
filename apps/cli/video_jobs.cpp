#include "video_jobs.h"

#include <filesystem>
#include <map>

#include "interrupt.h"

namespace odsora_cli {
namespace {

// Two jobs for one file would leave only the second one's video.
void check_names(const std::vector<VideoJob>& jobs) {
  std::map<std::string, size_t> first;
  for (size_t i = 0; i < jobs.size(); ++i) {
    const auto [place, is_new] = first.emplace(jobs[i].output.path, i);
    if (is_new) continue;
    throw odsora::Error(odsora::ErrorCode::kInvalidArgument, "output: videos " + std::to_string(place->second + 1) +
                                                                 " and " + std::to_string(i + 1) + " would both be " +
                                                                 jobs[i].output.path);
  }
}

}  // namespace

std::string numbered(const std::string& output, const std::string& number) {
  const std::filesystem::path path(output);
  return path.parent_path() / (path.stem().string() + "-" + number + path.extension().string());
}

void number_preview(odsora::OutputFile& output, const std::string& number) {
  if (!output.preview.empty()) output.preview = numbered(output.preview, number);
}

std::vector<VideoJob> with_seeds(const VideoJob& job, int count) {
  const uint64_t first = job.request.seed ? *job.request.seed : odsora::random_seed();
  std::vector<VideoJob> jobs;
  for (int i = 0; i < count; ++i) {
    VideoJob& made = jobs.emplace_back(job);
    made.request.seed = first + static_cast<uint64_t>(i);
    const std::string seed = std::to_string(*made.request.seed);
    if (job.output.path.empty()) {
      made.output.path = "odsora-" + seed + ".mp4";
    } else if (count > 1) {
      made.output.path = numbered(job.output.path, seed);
    }
    if (count > 1) number_preview(made.output, seed);
  }
  return jobs;
}

int make_videos(const odsora::EngineOptions& options, const std::vector<VideoJob>& jobs, ProgressPrinter& printer,
                const std::function<void(const odsora::Report&)>& on_done) {
  odsora::CancelToken& token = interrupt_token();
  check_names(jobs);
  odsora::Engine engine(options);
  if (jobs.size() > 1) {  // or an error in the last one would be found hours after the first
    for (const VideoJob& job : jobs) engine.check(job.request, job.output);
  }
  for (size_t i = 0; i < jobs.size(); ++i) {
    const VideoJob& job = jobs[i];
    const odsora::Observer observer = {
        .on_start =
            [&](const odsora::Report& planned) {
              printer.start({.output = job.output.path,
                             .model = options.model_folder,
                             .job = static_cast<int>(i) + 1,
                             .jobs = static_cast<int>(jobs.size())},
                            planned);
            },
        .on_progress = [&](const odsora::Progress& progress) { printer.progress(progress); },
        .on_note = [&](const std::string& sentence) { printer.note(sentence); },
        .on_preview = [&](const odsora::Preview& preview) { printer.preview(preview); }};
    const odsora::Report report = engine.generate(job.request, job.output, observer, &token);
    if (report.cancelled) {
      printer.cancelled();
      return kExitInterrupted;
    }
    printer.done(report, job.output.path);
    if (on_done) on_done(report);
  }
  return 0;
}

}  // namespace odsora_cli
