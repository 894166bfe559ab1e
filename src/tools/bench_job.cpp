#include "tools/bench_job.h"

#include <unistd.h>

#include <filesystem>

#include "base/error.h"
#include "tools/bench_case.h"

namespace odsora {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "job@";
constexpr const char* kPrompt = "a red ball bounces over the sea at sunset while white birds fly past a lighthouse";
constexpr int kSteps = 30;
constexpr int kEvaluations = 16;

/// A folder of its own that dies with the scope.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "odsora-bench-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) fail(ErrorCode::kOutput, name, ": this folder cannot be made");
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

}  // namespace

bool names_bench_job(std::string_view name) { return name.starts_with(kPrefix); }

BenchJob parse_bench_job(const std::string& name) {
  const BenchSizes sizes = parse_bench_sizes(std::string_view(name).substr(kPrefix.size()), "NxHxW");
  if (sizes.empty()) {
    fail(ErrorCode::kInvalidArgument, "bench case '", name, "': expected job@NxHxW, N frames of HxW pixels");
  }
  return {.name = name,
          .frames = static_cast<int>(sizes[0]),
          .height = static_cast<int>(sizes[1]),
          .width = static_cast<int>(sizes[2])};
}

Report run_bench_job(const BenchJob& job, EngineOptions options, const CancelToken* cancel) {
  const TemporaryFolder folder;
  options.prompt_cache = false;
  Engine engine(options);
  return engine.generate({.prompt = kPrompt,
                          .width = job.width,
                          .height = job.height,
                          .frames = job.frames,
                          .steps = kSteps,
                          .leap = Leap{.rule = Leap::Rule::kFixed, .evaluations = kEvaluations},
                          .tdtm = TokenMerging{.steps = {1, CountedRange::kEnd}},
                          .seed = 0},
                         {.path = folder.path() / "video.mp4"}, {}, cancel);
}

}  // namespace odsora
