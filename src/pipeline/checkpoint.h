// The unfinished work of one video, kept in a folder beside it until it is whole: whatever stops the process, the next
// run goes on from there and makes the same bytes.
//
// The folder clip.mp4.checkpoint has, as far as they are done (docs/formats.md):
//   job.safetensors         what is being made
//   texts.safetensors       text embeddings
//   given.safetensors       latents of given files
//   denoising.safetensors   where the path of the clip at work was left
//   latents-1.safetensors   the denoised latents of each clip
//   frames-….safetensors    decoded frames
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/host_tensor.h"
#include "base/locked_folder.h"
#include "base/units.h"
#include "odsora/odsora.h"
#include "pipeline/checkpoint_frames.h"
#include "pipeline/checkpoint_job.h"
#include "pipeline/job.h"
#include "pipeline/job_texts.h"
#include "sampling/rectified_flow.h"

namespace odsora {

/// Where the path of one clip was left.
struct DenoisingPosition {
  int clip = 0;  // from 0
  FlowPosition flow;
  std::vector<float> mask;          // FlowInputs::mask
  bool in_f32 = false;              // since a step failed in the compute type
  std::vector<DenoisingStep> path;  // of all clips so far
};

/// Clips that were denoised, and how.
struct DenoisedClip {
  HostTensor latent;                // [channels, latent frames, height, width]
  std::vector<DenoisingStep> path;  // of all clips so far
};

/// What a checkpoint must fit.
struct CheckpointShapes {
  int64_t caption_channels = 0;
  Shape latent;      // [channels, latent frames, height, width]
  Bytes output = 0;  // that the video may take on the disk, with what its writer puts aside
};

/// The folder beside an output: clip.mp4.checkpoint.
std::filesystem::path checkpoint_folder(const std::filesystem::path& output);

/// The output that a place belongs to: a video, its checkpoint's folder, or a file in that.
std::filesystem::path output_of_checkpoint(const std::filesystem::path& place);

/// What the unfinished work beside an output tells of itself, if there is any. Throws Error(kInvalidArgument) when that
/// is damaged.
std::optional<CheckpointJob> unfinished_job(const std::filesystem::path& output);

/// Whether a job of so many clips needs its given files no more: their latents are kept beside the output, or those of
/// every clip.
bool knows_given_latents(const std::filesystem::path& output, int clips);

/// Reads the latents of a clip that a checkpoint kept; `clip` is its number, from 0. Throws Error(kInvalidArgument).
DenoisedClip read_denoised(const CheckpointFile& file, const Shape& latent, int& clip);

/// Without a folder nothing is kept and nothing is found. Every member throws Error(kOutput) when it cannot write and
/// Error(kInvalidArgument) when what is there cannot be used.
class Checkpoint {
 public:
  Checkpoint() = default;

  /// Opens the folder beside the output and holds it; what a killed process left unfinished goes. Work of another video
  /// is refused with what differs, unless the settings say to start over. Changes nothing that was kept.
  Checkpoint(const std::filesystem::path& output, const CheckpointJob& identity, const Job& job,
             const CheckpointShapes& shapes, const Checkpoints& settings);

  /// The folder; empty without one.
  std::string place() const { return folder_ ? folder_->path().string() : ""; }

  /// What the run that left work told of itself; nothing where there was none.
  const std::optional<CheckpointJob>& found() const { return found_; }

  /// Where that run had stopped; nothing where it had kept no work.
  std::optional<ResumePoint> resumed() const;

  // ---- what is there ----

  bool has_texts() const;
  /// Fills in the embeddings that are kept.
  void find_texts(JobTexts& texts) const;
  std::optional<std::vector<HostTensor>> given() const;  // in the order of the job's references
  std::optional<DenoisingPosition> denoising(int clip) const;
  std::optional<DenoisedClip> denoised(int clip) const;
  bool has_denoised(int clip) const;
  bool has_denoised_all() const;  // that frames are still to be decoded of
  int frames_kept() const { return frames_ ? frames_->kept() : 0; }
  bool last_frame_in_f32() const { return frames_ && frames_->last_in_f32(); }
  /// Hands over kept frames [first, first + count).
  void read_frames(int first, int count, const PixelSink& sink) const;

  // ---- keeping ----

  /// Work begins: what is not gone on with goes. Throws where the disk has no room for what is still to be made.
  void begin();

  void keep_texts(const std::vector<HostTensor>& texts);  // empty ones are not known yet
  void keep_given(const std::vector<HostTensor>& latents);
  void keep_denoised(int clip, const DenoisedClip& done);

  /// After a step: kept now or later, as the settings say. With little room on the disk it is kept now, and thrown.
  void reached(DenoisingPosition position);

  /// The next decoded frame.
  void add_frame(std::span<const uint8_t> frame, bool in_f32);

  /// After frames were added: as reached(), but at the end of a chunk they are kept in any case.
  void frames_added(bool ends_chunk);

  /// Keeps whatever is not kept yet, for when work stops. Whether there is work that a next run can go on with.
  bool keep_all() noexcept;

  /// The video is whole: the folder goes.
  void remove();

 private:
  std::filesystem::path file(const std::string& name) const { return folder_->path() / name; }
  bool has(const std::string& name) const;
  CheckpointFile open(const std::string& name) const;
  void write(const std::string& name, const std::string& state, const std::vector<NamedTensor>& tensors);
  void keep_denoising();
  void take_up(const CheckpointJob& identity);
  void open_frames();
  void remove_files();
  Bytes still_needed() const;
  void check_disk();
  bool is_due() const { return since_kept_.elapsed() >= settings_.every_s; }

  std::optional<LockedFolder> folder_;
  Job job_;
  CheckpointShapes shapes_;
  Checkpoints settings_;
  SafetensorsMetadata facts_;
  std::optional<CheckpointJob> found_;
  bool begun_ = false;
  std::optional<CheckpointFrames> frames_;
  std::optional<DenoisingPosition> unkept_;
  Stopwatch since_kept_;
};

}  // namespace odsora
