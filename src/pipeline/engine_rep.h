// What an engine is made of, and how it makes one video.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/dtype.h"
#include "odsora/odsora.h"
#include "pipeline/checkpoint.h"
#include "pipeline/job.h"
#include "pipeline/memory_plan.h"
#include "pipeline/model_folder.h"
#include "pipeline/pipeline.h"
#include "pipeline/preview_colors.h"
#include "pipeline/prompt_cache.h"
#include "video/video_writer.h"

namespace odsora {

/// Where frames go: open once the job is known to fit, then a frame at a time, closed when the last one is there. Each
/// may throw.
struct Destination {
  uint64_t bytes = 0;  // of memory that it may hold
  std::function<void()> open;
  PixelSink write;
  std::function<void()> close;
};

/// A video to make.
struct VideoToMake {
  Job job;
  std::filesystem::path preview = {};               // empty: none
  std::vector<InspectedReference> references = {};  // none where the checkpoint has their latents
  bool only_decoding = false;                       // the latents of every clip are known, from the checkpoint or
  std::vector<DenoisedClip> denoised = {};          // from here
};

/// A file to make, and how its checkpoint is known.
struct FileToMake {
  VideoToMake video;
  OutputFile output;
  VideoFormat format;
  CheckpointJob identity;
};

struct Engine::Rep {
  explicit Rep(const EngineOptions& engine_options);

  Job plan(const Request& request) const { return plan_job(request, model.manifest, model.transformer, model.vae); }

  /// Of a clip: [channels, latent frames, height, width].
  Shape latent_shape(const Job& job) const;

  /// A digest of the model's files, computed once.
  const std::string& digest();

  /// The request as a file. Throws Error for what can be seen to be wrong before any work.
  FileToMake file_to_make(const Request& request, const OutputFile& output);

  /// The same for what was begun from a recipe and needs its given files no more; of its clips as many.
  FileToMake file_to_go_on_with(const Recipe& recipe, const OutputFile& output, int clips);

  /// What a job takes, with its texts and what of them is known.
  Plan foretell(VideoToMake video, uint64_t writer_bytes);

  /// Opens the file's checkpoint, goes on with what that has, and removes it once the video is whole.
  Report make_file(FileToMake file, const Observer& observer, const CancelToken* cancel);
  Report make_video(VideoToMake video, Checkpoint& checkpoint, const Observer& observer, const CancelToken* cancel,
                    const Destination& destination);

  EngineOptions options;
  DType compute_type;
  ModelFolder model;

 private:
  struct Prepared;

  ReaderPoolOptions reading() const { return {.throttle_bytes_per_s = options.streaming.throttle_bytes_per_s}; }
  void check_files(const FileToMake& file) const;
  Checkpoint open_checkpoint(const FileToMake& file) const;
  VideoFormat format_of(const Job& job, const OutputFile& output, Recipe recipe) const;
  CheckpointJob identity_of(Recipe recipe, const Conditioning& given, const OutputFile& output) const;
  Prepared prepare(VideoToMake video, const Checkpoint& checkpoint, const ProgressMeter& progress,
                   uint64_t writer_bytes);
  MemoryPlanInputs memory_inputs(const Prepared& prepared) const;
  void find_embeddings(Prepared& prepared, const Checkpoint& checkpoint);
  void keep_embedding(const Prepared& prepared, size_t text, const HostTensor& embedding);
  /// What a run works with beside what the engine has.
  struct RunMeans {
    Checkpoint& checkpoint;
    ProgressMeter& progress;
    ReaderPool& readers;
    PreviewWriter* preview;
    Trace* trace;
    const CancelToken* cancel;
  };
  PipelineTotals run(const Prepared& prepared, const RunMeans& means, const PixelSink& sink);

  std::optional<PromptCache> cache_;
  std::optional<PreviewColors> colors_;  // from the first video on
  std::vector<JobText> embeddings_;      // of the job before
  std::string model_digest_;             // empty until it is asked for
};

}  // namespace odsora
