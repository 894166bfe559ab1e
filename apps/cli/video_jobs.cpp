#include "video_jobs.h"

#include <charconv>
#include <filesystem>
#include <map>
#include <optional>

#include "interrupt.h"

namespace odsora_cli {
namespace {

namespace fs = std::filesystem;

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

VideoJob with_seed(const VideoJob& job, uint64_t seed, int count) {
  VideoJob made = job;
  made.request.seed = seed;
  made.output.path = output_of_seed(job.output.path, seed, count);
  if (count > 1) number_preview(made.output, std::to_string(seed));
  return made;
}

// The seed in the name of a checkpoint of one of the job's videos.
std::optional<uint64_t> seed_in(const fs::path& checkpoint, const VideoJob& job, int count) {
  const std::string name = checkpoint.stem().stem().string();  // "clip-7" of clip-7.mp4.checkpoint
  const char* const digits = name.c_str() + name.rfind('-') + 1;
  uint64_t seed = 0;
  std::from_chars(digits, name.c_str() + name.size(), seed);
  const fs::path expected = fs::path(output_of_seed(job.output.path, seed, count)).filename();
  if (checkpoint.filename() != expected.string() + ".checkpoint") return std::nullopt;
  return seed;
}

bool is_unfinished(odsora::Engine& engine, const VideoJob& job) {
  try {
    return engine.has_unfinished(job.request, job.output);
  } catch (const odsora::Error&) {
    return false;  // one that is damaged is no reason not to begin
  }
}

// Of the first of `count` videos that were begun with the settings of a job without a seed.
std::optional<uint64_t> seed_of_unfinished(odsora::Engine& engine, const VideoJob& job, int count) {
  const fs::path folder = fs::path(output_of_seed(job.output.path, 0, count)).parent_path();
  std::error_code error;
  for (fs::directory_iterator entry(folder.empty() ? "." : folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (entry->path().extension() != ".checkpoint") continue;
    std::optional<uint64_t> seed = seed_in(entry->path(), job, count);
    if (!seed || !is_unfinished(engine, with_seed(job, *seed, count))) continue;
    for (int before = 1; before < count; ++before) {  // those that were made before it
      const VideoJob made = with_seed(job, *seed - 1, count);
      if (!engine.is_made(made.request, made.output)) break;
      seed = *seed - 1;
    }
    return seed;
  }
  return std::nullopt;
}

uint64_t first_seed(odsora::Engine& engine, const VideoJob& job, int count) {
  if (job.request.seed) return *job.request.seed;
  const bool name_tells_seed = job.output.path.empty() || count > 1;
  if (name_tells_seed && !job.output.checkpoints.fresh) {
    if (const auto seed = seed_of_unfinished(engine, job, count)) return *seed;
  }
  return odsora::random_seed();
}

}  // namespace

std::string numbered(const std::string& output, const std::string& number) {
  const fs::path path(output);
  return path.parent_path() / (path.stem().string() + "-" + number + path.extension().string());
}

std::string output_of_seed(const std::string& output, uint64_t seed, int count) {
  if (output.empty()) return "odsora-" + std::to_string(seed) + ".mp4";
  return count > 1 ? numbered(output, std::to_string(seed)) : output;
}

void number_preview(odsora::OutputFile& output, const std::string& number) {
  if (!output.preview.empty()) output.preview = numbered(output.preview, number);
}

std::vector<VideoJob> with_seeds(odsora::Engine& engine, const VideoJob& job, int count) {
  // A single video with a name needs no seed here: the engine takes that of its unfinished work.
  if (count == 1 && !job.output.path.empty()) return {job};
  const uint64_t first = first_seed(engine, job, count);
  std::vector<VideoJob> jobs;
  for (int i = 0; i < count; ++i) jobs.push_back(with_seed(job, first + static_cast<uint64_t>(i), count));
  return jobs;
}

int show_making(const Announcement& announcement, ProgressPrinter& printer, const MakeVideo& make,
                const std::function<void(const odsora::Report&)>& on_done) {
  const odsora::Observer observer = {
      .on_start =
          [&](const odsora::Report& planned) {
            printer.start(announcement, planned);
            if (planned.resumed) printer.resumed(*planned.resumed);
          },
      .on_progress = [&](const odsora::Progress& progress) { printer.progress(progress); },
      .on_note = [&](const std::string& sentence) { printer.note(sentence); },
      .on_preview = [&](const odsora::Preview& preview) { printer.preview(preview); }};
  const odsora::Report report = make(observer, &interrupt_token());
  if (report.cancelled) {
    printer.cancelled(report);
    return kExitInterrupted;
  }
  printer.done(report, announcement.output);
  if (on_done) on_done(report);
  return 0;
}

int make_videos(odsora::Engine& engine, const std::string& model, const std::vector<VideoJob>& jobs,
                ProgressPrinter& printer, const std::function<void(const odsora::Report&)>& on_done) {
  check_names(jobs);
  const bool several = jobs.size() > 1;
  if (several) {  // or an error in the last one would be found hours after the first
    for (const VideoJob& job : jobs) engine.check(job.request, job.output);
  }
  for (size_t i = 0; i < jobs.size(); ++i) {
    const VideoJob& job = jobs[i];
    if (several && !job.output.checkpoints.fresh && engine.is_made(job.request, job.output)) {
      printer.note(job.output.path + " is there already, made from these settings (--fresh makes it again)");
      continue;
    }
    const int exit_code = show_making(
        {.output = job.output.path,
         .model = model,
         .job = static_cast<int>(i) + 1,
         .jobs = static_cast<int>(jobs.size())},
        printer,
        [&](const odsora::Observer& observer, const odsora::CancelToken* cancel) {
          return engine.generate(job.request, job.output, observer, cancel);
        },
        on_done);
    if (exit_code != 0) return exit_code;
  }
  return 0;
}

}  // namespace odsora_cli
