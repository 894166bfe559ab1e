#include "pipeline/checkpoint.h"

#include <algorithm>
#include <cassert>
#include <system_error>
#include <utility>

#include "base/byte_size.h"
#include "base/error.h"
#include "pipeline/checkpoint_state.h"
#include "video/pending_file.h"

namespace odsora {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFolderExtension = ".checkpoint";
constexpr const char* kFileExtension = ".safetensors";
constexpr const char* kJob = "job.safetensors";
constexpr const char* kTexts = "texts.safetensors";
constexpr const char* kGiven = "given.safetensors";
constexpr const char* kDenoising = "denoising.safetensors";
constexpr Bytes kSpareDisk = 10'000'000;  // for texts, headers, whole units of the file system

std::string latents_name(int clip) { return join("latents-", clip + 1, kFileExtension); }
std::string text_name(size_t text) { return join("text.", text); }
std::string given_name(size_t reference) { return join("given.", reference); }

bool is_ours(const std::string& name) {
  if (!name.ends_with(kFileExtension)) return false;
  return name == kTexts || name == kGiven || name == kDenoising || name.starts_with("latents-") ||
         name.starts_with("frames-");
}

Shape with_batch(const Shape& latent) {
  Shape shape = {1};
  shape.insert(shape.end(), latent.begin(), latent.end());
  return shape;
}

CheckpointState state_of(const CheckpointFile& file) { return parse_checkpoint_state(file.fact("state"), file.name()); }

// Throws where the files are of another video.
void check_job(const CheckpointJob& there, const std::string& recipe, const std::string& file) {
  const std::string differs = difference(there.recipe, recipe);
  if (differs.empty()) return;
  fail(ErrorCode::kInvalidArgument, file, " holds unfinished work of another video: ", differs,
       "; choose another output, or start over with --fresh");
}

}  // namespace

fs::path checkpoint_folder(const fs::path& output) {
  fs::path folder = output;
  return folder += kFolderExtension;
}

fs::path output_of_checkpoint(const fs::path& place) {
  fs::path folder = place.has_filename() ? place : place.parent_path();  // "clip.mp4.checkpoint/" is the folder
  if (folder.extension() == kFileExtension) folder = fs::absolute(folder).parent_path();
  return folder.extension() == kFolderExtension ? folder.replace_extension() : folder;
}

std::optional<CheckpointJob> unfinished_job(const fs::path& output) {
  const fs::path file = checkpoint_folder(output) / kJob;
  std::error_code ignored;
  if (!fs::exists(file, ignored)) return std::nullopt;
  return read_job(CheckpointFile(file));
}

bool knows_given_latents(const fs::path& output, int clips) {
  const fs::path folder = checkpoint_folder(output);
  std::error_code ignored;
  if (fs::exists(folder / kGiven, ignored)) return true;
  for (int clip = 0; clip < clips; ++clip) {
    if (!fs::exists(folder / latents_name(clip), ignored)) return false;
  }
  return true;
}

DenoisedClip read_denoised(const CheckpointFile& file, const Shape& latent, int& clip) {
  CheckpointState state = state_of(file);
  clip = state.clip;
  return {.latent = file.read("latent", latent), .path = std::move(state.path)};
}

Checkpoint::Checkpoint(const fs::path& output, const CheckpointJob& identity, const Job& job,
                       const CheckpointShapes& shapes, const Checkpoints& settings)
    : job_(job), shapes_(shapes), settings_(settings), facts_(facts_of(identity)) {
  folder_.emplace(checkpoint_folder(output));
  remove_abandoned_files(folder_->path());
  std::error_code ignored;
  if (!settings.fresh && fs::exists(file(kJob), ignored)) take_up(identity);
}

void Checkpoint::take_up(const CheckpointJob& identity) {
  found_ = read_job(CheckpointFile(file(kJob)));
  check_job(*found_, identity.recipe, folder_->path().string());
  open_frames();
}

void Checkpoint::open_frames() {
  frames_.emplace(folder_->path(), facts_, job_.output_height, job_.output_width);
  if (frames_->kept() > job_.output_frames()) {
    fail(ErrorCode::kInvalidArgument, folder_->path().string(), ": expected at most ", job_.output_frames(),
         " frames, found ", frames_->kept());
  }
}

void Checkpoint::begin() {
  if (!folder_) return;
  begun_ = true;
  if (!found_) {
    remove_files();
    open_frames();
  }
  check_disk();
}

// The file that tells whose the others are goes first: a process that is killed meanwhile leaves nothing to go on with,
// rather than some of it.
void Checkpoint::remove_files() {
  std::vector<fs::path> files = {file(kJob)};
  for (const auto& entry : fs::directory_iterator(folder_->path())) {
    if (is_ours(entry.path().filename().string())) files.push_back(entry.path());
  }
  std::error_code ignored;
  for (const fs::path& file : files) fs::remove(file, ignored);
}

bool Checkpoint::has(const std::string& name) const {
  std::error_code ignored;
  return (found_ || begun_) && folder_ && fs::exists(file(name), ignored);
}

CheckpointFile Checkpoint::open(const std::string& name) const { return CheckpointFile(file(name)); }

void Checkpoint::write(const std::string& name, const std::string& state, const std::vector<NamedTensor>& tensors) {
  if (!folder_) return;
  if (!has(kJob)) write_checkpoint_file(file(kJob), facts_, {});
  SafetensorsMetadata facts = facts_;
  if (!state.empty()) facts.emplace_back("state", state);
  write_checkpoint_file(file(name), facts, tensors);
}

std::optional<ResumePoint> Checkpoint::resumed() const {
  if (!found_) return std::nullopt;
  const int clip = job_.clip_after(frames_kept());
  ResumePoint point = {.phase = Phase::kDenoising, .clip = clip + 1, .clips = job_.clips()};
  if (has_denoised(clip)) {
    point.phase = Phase::kDecoding;
    point.steps = job_.frames;
    point.step = job_.shared_frames(clip) + frames_kept() - job_.frames_before(clip);
    return point;
  }
  point.steps = job_.most_evaluations();
  if (const auto position = denoising(clip)) {
    point.step = position->flow.evaluations;
    return point;
  }
  if (clip > 0 || has(kTexts) || has(kGiven)) return point;
  return std::nullopt;
}

bool Checkpoint::has_texts() const { return has(kTexts); }

void Checkpoint::find_texts(JobTexts& texts) const {
  if (!has(kTexts)) return;
  const CheckpointFile file = open(kTexts);
  for (size_t i = 0; i < texts.texts.size(); ++i) {
    if (!file.contains(text_name(i))) continue;
    const auto tokens = static_cast<int64_t>(texts.texts[i].tokens.size());
    texts.texts[i].embedding = file.read(text_name(i), {tokens, shapes_.caption_channels});
  }
}

std::optional<std::vector<HostTensor>> Checkpoint::given() const {
  if (!has(kGiven)) return std::nullopt;
  const CheckpointFile file = open(kGiven);
  std::vector<HostTensor> latents;
  const Shape& shape = shapes_.latent;
  for (size_t i = 0; i < job_.references.size(); ++i) {
    latents.push_back(file.read(given_name(i), {shape[0], -1, shape[2], shape[3]}));
  }
  return latents;
}

std::optional<DenoisingPosition> Checkpoint::denoising(int clip) const {
  if (!has(kDenoising)) return std::nullopt;
  const CheckpointFile file = open(kDenoising);
  CheckpointState state = state_of(file);
  if (state.clip != clip) return std::nullopt;
  if (state.evaluations < 1 || state.evaluations >= job_.most_evaluations()) {
    fail(ErrorCode::kInvalidArgument, file.name(), ": \"evaluations\": expected 1 to ", job_.most_evaluations() - 1,
         ", found ", state.evaluations);
  }
  DenoisingPosition position = {.clip = clip,
                                .flow = {.evaluations = state.evaluations,
                                         .z = file.read("z", with_batch(shapes_.latent)),
                                         .velocity = file.read("velocity", with_batch(shapes_.latent)),
                                         .straightness = state.straightness},
                                .mask = {},
                                .in_f32 = state.in_f32,
                                .path = std::move(state.path)};
  if (file.contains("mask")) position.mask = file.read("mask", {job_.latent_frames}).values;
  return position;
}

bool Checkpoint::has_denoised(int clip) const { return has(latents_name(clip)); }

bool Checkpoint::has_denoised_all() const {
  for (int clip = job_.clip_after(frames_kept()); clip < job_.clips(); ++clip) {
    if (!has_denoised(clip)) return false;
  }
  return true;
}

std::optional<DenoisedClip> Checkpoint::denoised(int clip) const {
  if (!has_denoised(clip)) return std::nullopt;
  int number = 0;
  return read_denoised(open(latents_name(clip)), shapes_.latent, number);
}

void Checkpoint::read_frames(int first, int count, const PixelSink& sink) const {
  if (frames_) frames_->read(first, count, sink);
}

void Checkpoint::keep_texts(const std::vector<HostTensor>& texts) {
  std::vector<NamedTensor> tensors;
  for (size_t i = 0; i < texts.size(); ++i) {
    if (!texts[i].values.empty()) tensors.push_back({text_name(i), texts[i]});
  }
  write(kTexts, "", tensors);
}

void Checkpoint::keep_given(const std::vector<HostTensor>& latents) {
  std::vector<NamedTensor> tensors;
  for (size_t i = 0; i < latents.size(); ++i) tensors.push_back({given_name(i), latents[i]});
  write(kGiven, "", tensors);
}

void Checkpoint::keep_denoised(int clip, const DenoisedClip& done) {
  write(latents_name(clip), to_json({.clip = clip, .path = done.path}), {{"latent", done.latent}});
  unkept_.reset();
  since_kept_ = Stopwatch();
}

void Checkpoint::reached(DenoisingPosition position) {
  if (!folder_) return;
  unkept_ = std::move(position);
  if (is_due()) keep_denoising();
  check_disk();
}

void Checkpoint::keep_denoising() {
  if (!unkept_) return;
  const FlowPosition& flow = unkept_->flow;
  std::vector<NamedTensor> tensors = {{"z", flow.z}, {"velocity", flow.velocity}};
  const HostTensor mask({static_cast<int64_t>(unkept_->mask.size())}, unkept_->mask);
  if (!unkept_->mask.empty()) tensors.push_back({"mask", mask});
  write(kDenoising,
        to_json({.clip = unkept_->clip,
                 .evaluations = flow.evaluations,
                 .straightness = flow.straightness,
                 .in_f32 = unkept_->in_f32,
                 .path = unkept_->path}),
        tensors);
  unkept_.reset();
  since_kept_ = Stopwatch();
}

void Checkpoint::add_frame(std::span<const uint8_t> frame, bool in_f32) {
  if (frames_) frames_->add(frame, in_f32);
}

void Checkpoint::frames_added(bool ends_chunk) {
  if (!frames_) return;
  if (ends_chunk || is_due()) {
    frames_->keep();
    since_kept_ = Stopwatch();
  }
  check_disk();
}

bool Checkpoint::keep_all() noexcept {
  if (!folder_) return false;
  try {
    keep_denoising();
    if (frames_) frames_->keep();
  } catch (...) {  // what was kept before is still there
  }
  return has(kJob);
}

void Checkpoint::remove() {
  if (!folder_ || settings_.keep) return;
  remove_files();
}

// What the rest of the job will bring to this disk: frames, the path's position twice (one while the other is written),
// latents of each clip, the video.
Bytes Checkpoint::still_needed() const {
  const Bytes frame = static_cast<Bytes>(job_.output_height) * static_cast<Bytes>(job_.output_width) * 3;
  const auto latent = static_cast<Bytes>(element_count(shapes_.latent)) * sizeof(float);
  const int frames = job_.output_frames() - frames_->kept() - frames_->added();
  return frame * static_cast<Bytes>(frames) + latent * (4 + static_cast<Bytes>(job_.clips())) + shapes_.output +
         kSpareDisk;
}

void Checkpoint::check_disk() {
  if (!folder_) return;
  std::error_code unknown;
  const fs::space_info disk = fs::space(folder_->path(), unknown);
  const Bytes needed = still_needed();
  if (unknown || disk.capacity == 0 || disk.available >= needed) return;  // some file systems do not tell
  keep_all();
  fail(ErrorCode::kOutput, folder_->path().string(), ": the disk has ", format_byte_size(disk.available),
       " free, and the rest of this video takes up to ", format_byte_size(needed), " there");
}

}  // namespace odsora
