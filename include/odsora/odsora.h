// On-device text-to-video: a sentence becomes a video inside a small memory.
//
//   odsora::Engine engine({.model_folder = "models/emoji-world"});
//   engine.generate({.prompt = "a red panda bouncing over the ocean at sunset"}, {.path = "panda.mp4"});
//
// This is the only public header. Every function that can meet wrong input throws odsora::Error.
// Embedders: libgomp spins by default; start your program with OMP_WAIT_POLICY=passive so that idle
// compute threads sleep (the variable is read when libgomp is loaded, too early for us to set it).
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace odsora {

const char* version();  // of this library, "major.minor.patch"

/// What went wrong; the command line's exit codes are these values.
enum class ErrorCode {
  kInternal = 1,         // a defect of ours
  kInvalidArgument = 2,  // a prompt, size, option or setting that cannot be used
  kBadModel = 3,         // a model file that is missing, truncated, corrupt or of the wrong shape
  kOutput = 4,           // the result cannot be written
  kUnsupported = 5,      // this machine cannot do what was asked
  kMemory = 6,           // the job does not fit the memory limit
  kNumbers = 7,          // the model's numbers failed: infinite, out of range, or a flat picture
};

/// One sentence that names what was wrong, what was expected and what was found.
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ErrorCode code() const { return code_; }

 private:
  ErrorCode code_;
};

/// Asks a running generation to stop. Safe to call from any thread and from a signal handler.
class CancelToken {
 public:
  void request() { requested_.store(true, std::memory_order_relaxed); }
  bool requested() const { return requested_.load(std::memory_order_relaxed); }

 private:
  std::atomic<bool> requested_{false};
  static_assert(std::atomic<bool>::is_always_lock_free);
};

/// The number format of weights and matrix products. kAuto takes bf16 where the CPU has it, else f32.
enum class Precision { kAuto, kF32, kBF16 };
constexpr Precision kPrecisions[] = {Precision::kAuto, Precision::kF32, Precision::kBF16};
const char* precision_name(Precision precision);  // "auto", "f32", "bf16"

/// How weights come from disk. For tests and demonstrations: nothing here changes the result.
struct Streaming {
  bool prefetch = true;             // read the next block while one computes
  bool keep_blocks = true;          // keep as many blocks as fit instead of reading them in each step
  double throttle_bytes_per_s = 0;  // plays a slower disk; 0 does not
};

struct EngineOptions {
  /// A folder with text_encoder/, tokenizer/, transformer/, vae/ and, if wished, odsora.json (docs/formats.md).
  std::string model_folder;
  std::string model_digest = {};  // that the folder must have, of a Recipe; empty: any
  Precision precision = Precision::kAuto;
  /// Compute threads; 0 takes one for each core the process may use. Does not change the result.
  int threads = 0;
  /// The most that the process may hold, in bytes; 0 takes what the machine, or its control group, has free.
  uint64_t memory_limit = 0;
  /// Keep on disk ($ODSORA_CACHE_DIR) text embeddings, so that a second seed needs no text encoder, and the colours
  /// that previews need.
  bool prompt_cache = true;
  std::string trace_file = {};  // receives a trace of loads and computation for Perfetto; empty: none
  Streaming streaming = {};
};

uint64_t random_seed();  // from the system's entropy, short enough to be typed again

/// Bytes of "3.3G", "800M" (powers of 1000) or "3Gi" (of 1024). Throws Error(kInvalidArgument).
uint64_t parse_memory_size(const std::string& text);

/// Fewer evaluations than steps: an evaluation's velocity covers the steps that are leapt over. kFixed, kAuto and
/// kAuthors are Linear Proportional Leap (docs/techniques/lpl.md): the last evaluation covers the rest of the path.
/// kAuthors decides as their code does, to compare with. kGrowing leaps all along (docs/techniques/leaps.md).
struct Leap {
  enum class Rule { kOff, kFixed, kAuto, kAuthors, kGrowing };
  Rule rule = Rule::kOff;
  int evaluations = 0;  // with kFixed and kGrowing: of the denoiser, 1 to the number of steps
};

/// Steps or blocks, counted from 1; none where last < first.
struct CountedRange {
  static constexpr int kEnd = std::numeric_limits<int>::max();
  int first = 1, last = 0;
};

/// Temporal Dimension Token Merging (docs/techniques/tdtm.md): attention sees two neighbouring frames as one.
struct TokenMerging {
  enum class Rule { kMean, kAuthors };  // kAuthors counts positions and odd frames as their code does, to compare with
  Rule rule = Rule::kMean;
  CountedRange steps = {};  // that merge
  /// Pairs of a spatial and a temporal block that merge in those steps; one at least.
  CountedRange blocks = {1, CountedRange::kEnd};
};

/// How much to leave out for speed (docs/techniques/presets.md): nothing, or what costs no quality that was measured,
/// little, or some.
enum class Preset { kExact, kBalanced, kFast, kDraft };
constexpr Preset kPresets[] = {Preset::kExact, Preset::kBalanced, Preset::kFast, Preset::kDraft};
const char* preset_name(Preset preset);  // "exact", "balanced", "fast", "draft"

/// A picture or a video to start from: any that libav* reads.
struct Reference {
  std::string path;         // empty: none
  std::string sha256 = {};  // that its content must have, in hexadecimal digits; empty: any
};

/// Frames that are given (docs/conditioning.md), resized to cover the size of the result and cut in the middle.
struct Conditioning {
  Reference init_image = {};  // the first frame
  Reference init_video = {};  // whose end is the beginning, so that the result goes on from it
  Reference end_image = {};   // the last frames
  /// Where else those three go, in Open-Sora's syntax, counted in that order; empty: as said above.
  std::string mask_strategy = {};
};

/// What to generate. An absent value takes the model's own default.
struct Request {
  /// UTF-8, not blank. "|0| a calm sea |2| a storm" is another prompt from the third clip on.
  std::string prompt = {};
  std::string negative_prompt = {};  // what to keep away from; empty: whatever the model makes without a prompt
  bool raw_prompt = false;           // read both as they are: neither cleaned nor given scores
  std::optional<double> aesthetic_score = {},
                        motion_score = {};     // 0 to 10 and 0 to 1000, told to the model behind the prompt
  std::string camera_motion = {};              // "pan left": likewise
  std::optional<int> width = {}, height = {};  // pixels; cut to whole blocks of the model's pixels
  std::optional<int> frames = {};              // of a clip; 1 is a picture
  std::optional<double> seconds = {};  // in place of frames: the fewest whole chunks of the model that last as long
  int clips = 1;                       // each goes on from the one before, and shares its last chunk
  Conditioning conditioning = {};
  std::optional<double> fps = {};             // frames a second: tells the model the speed and the player the rate
  std::optional<int> steps = {};              // of the denoising path
  std::optional<Preset> preset = {};          // not together with the next two; if one of those is given, there is none
  std::optional<Leap> leap = {};              // where an evaluation covers several steps; Leap() is nowhere
  std::optional<TokenMerging> tdtm = {};      // where attention sees pairs of frames; TokenMerging() is nowhere
  std::optional<double> guidance_scale = {};  // how strongly to follow the prompt; 1 is not at all beyond the condition
  std::optional<uint64_t> seed = {};          // absent: drawn at random and told in Report::seed
};

/// All but the first once for each clip; kConditioning where frames are given.
enum class Phase { kTextEncoding, kConditioning, kDenoising, kDecoding };
const char* phase_name(Phase phase);  // "text", "conditioning", "denoising", "decoding"

struct Progress {
  Phase phase;
  int step;            // done so far in this phase
  int steps;           // in this phase; fewer from the moment at which LPL leaves the path
  int clip, clips;     // at work on this one, from 1
  double elapsed_s;    // since generate() began
  double left_s;       // estimate until the video is written; negative while unknown
  uint64_t rss_bytes;  // resident memory of the process now
};

/// What a request will take in one phase.
struct PlannedPhase {
  Phase phase;
  uint64_t peak_bytes;      // of the process
  uint64_t bytes_read;      // of weights
  int blocks, blocks_kept;  // parts that the weights are read in, and how many stay in memory; 0 of 0: nothing to do
  double seconds;           // estimate from a short measurement of this machine
};

/// What a request will take, by phase and in all.
struct Plan {
  uint64_t memory_limit = 0;
  uint64_t least_memory_limit = 0;   // with which this request works
  std::vector<PlannedPhase> phases;  // text, conditioning if frames are given, denoising, decoding

  const PlannedPhase& phase(Phase which) const;  // all zero where there is none
  uint64_t peak_bytes() const;
  uint64_t bytes_read() const;
  double seconds() const;
};

/// One evaluation of the denoiser, at time t of the path: 1000 is noise, 0 the video.
struct DenoisingStep {
  int step;              // of the path, from 1
  double t, cosine;      // the cosine is of its velocity and the one before; NaN where they cannot be compared
  int merged_blocks;     // pairs of blocks whose attention saw pairs of frames
  std::string decision;  // to go on or to leap, and why
};

/// Where an earlier run had stopped: so many steps of a phase were done.
struct ResumePoint {
  Phase phase = Phase::kTextEncoding;
  int step = 0, steps = 0;
  int clip = 1, clips = 1;  // at work on this one, from 1
};

struct Report {
  bool cancelled = false;                   // stopped by the token: no video was written
  std::optional<ResumePoint> resumed = {};  // where this run went on
  std::string checkpoint = {};              // folder of what is done, where the run was cancelled
  uint64_t seed = 0;
  int width = 0, height = 0, frames = 0;  // of the result, in pixels
  double fps = 0;
  Precision precision = Precision::kF32;  // that was used
  std::optional<Preset> preset;           // that was used; absent where the request chose the techniques
  int steps = 0, evaluations = 0;         // of the path; of the denoiser, fewer with leaps
  std::vector<DenoisingStep> path;        // [evaluations], of all clips
  double text_s = 0, conditioning_s = 0, denoising_s = 0, decoding_s = 0, total_s = 0;
  uint64_t peak_rss_bytes = 0;            // of the process, so far
  uint64_t bytes_read = 0;                // of weights
  double load_s = 0, load_exposed_s = 0;  // reading and packing weights: in all, and while computation waited
  bool cached_prompt = false;             // the text embedding came from the cache
  Plan plan;                              // what was foretold when work began
};

/// How unfinished work is kept, in a folder beside the output, until the video is whole (docs/reliability.md).
struct Checkpoints {
  double every_s = 30;  // of denoising and decoding, between two; 0: after each step
  bool fresh = false;   // drop what an earlier run left and start over
  bool keep = false;    // leave it there when the video is whole
};

/// A file to write; its extension names the format (docs/formats.md). It appears, whole, at the end; an older one is
/// replaced then.
struct OutputFile {
  std::string path;
  std::optional<int> quality = {};  // 1 to 100, for formats that have it; absent: 80
  bool generation_data = true;      // the file tells what it was made from: its Recipe
  Checkpoints checkpoints = {};
  /// A PNG that shows a few small frames of the video while it is denoised (docs/preview.md), replaced every few steps;
  /// empty: none. Does not change the video.
  std::string preview = {};
};

/// All that decides a video's pixels.
struct Recipe {
  std::string version = {};  // of the odsora that made the video
  std::string model_name = {}, model_digest = {};
  Precision precision = Precision::kAuto;
  std::optional<int> quality = {};
  Request request = {};
};

/// The JSON that a file of ours tells about its making (docs/formats.md). Throws Error(kInvalidArgument).
std::string read_generation_data(const std::string& file);

/// `defaults` with what such JSON says; `source` names it in errors. Throws Error(kInvalidArgument).
Recipe parse_recipe(const std::string& json, const std::string& source, const Recipe& defaults = {});

/// What unfinished work tells of itself.
struct Unfinished {
  OutputFile output = {};         // that it is for
  std::string model_folder = {};  // that it was begun with
  Recipe recipe = {};             // given files by their paths
};

/// `place` is a video that is not there yet, its checkpoint's folder, or a file in that. Throws Error(kInvalidArgument)
/// when nothing was kept there or it is damaged.
Unfinished read_unfinished(const std::string& place);

/// The size that Open-Sora trains with under one of each of these names. An aspect ratio is height:width, so 9:16 lies
/// and 16:9 stands. Some sizes are odd. Throws Error(kInvalidArgument) that lists the names.
struct PixelSize {
  int height = 0, width = 0;
  bool operator==(const PixelSize&) const = default;
};
constexpr const char* kResolutions[] = {"144p", "240p", "360p", "480p", "720p"};
constexpr const char* kAspectRatios[] = {"3:8", "9:21", "12:25", "1:2", "9:17", "27:50", "9:16", "5:8",  "2:3",
                                         "3:4", "1:1",  "4:3",   "3:2", "16:9", "17:9",  "2:1",  "50:27"};
PixelSize named_size(const std::string& resolution, const std::string& aspect_ratio);

/// A strip of small frames of the clip that is being denoised: what it would become if the path went on straight.
struct Preview {
  std::string file;          // that it was written to
  int step;                  // of the path, from 1, that was the last one
  int clip, clips;           // of this one, from 1
  int width, height;         // pixels of the strip
  std::vector<uint8_t> rgb;  // [height, width, 3]
};

/// Called on the thread that called generate(). An exception thrown here ends the generation.
struct Observer {
  /// Once, when all input was found good and work begins: seed, size, rate and precision are known.
  std::function<void(const Report&)> on_start = {};
  std::function<void(const Progress&)> on_progress = {};
  /// Something the user should know, e.g. that the prompt was cut. One sentence.
  std::function<void(const std::string&)> on_note = {};
  /// A preview was written.
  std::function<void(const Preview&)> on_preview = {};
};

/// Decoded frames in memory.
struct Video {
  int width = 0, height = 0, frames = 0;
  double fps = 0;
  std::vector<uint8_t> rgb;  // [frames, height, width, 3]; empty when cancelled
  Report report;
};

/// Loads a model lazily and generates one video at a time. Not safe for concurrent calls.
class Engine {
 public:
  /// Reads the configs and the headers of the weight files. Throws Error.
  explicit Engine(const EngineOptions& options);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Generates into a file. Goes on with what an earlier run of the same request left unfinished beside it, which a
  /// request without a seed takes the seed of; throws Error(kInvalidArgument) with the reason where that is of another
  /// request. Where it throws or is cancelled, what is done is kept there. Text embeddings stay in memory for the next
  /// call.
  Report generate(const Request& request, const OutputFile& output, const Observer& observer = {},
                  const CancelToken* cancel = nullptr);

  /// Whether an earlier run of this request left unfinished work beside the output.
  bool has_unfinished(const Request& request, const OutputFile& output);

  /// Whether the output is there and tells that it was made from this request: with any seed where the request has
  /// none.
  bool is_made(const Request& request, const OutputFile& output);

  /// Goes on with what was left unfinished, as generate() would. The engine's model must be the one it was begun with.
  Report resume(const Unfinished& unfinished, const Observer& observer = {}, const CancelToken* cancel = nullptr);

  /// Decodes the latents of a video's clips, in their order, which a checkpoint has kept: files latents-1.safetensors
  /// and so on. Throws Error(kInvalidArgument) when they do not belong together.
  Report decode(const std::vector<std::string>& latents, const OutputFile& output, const Observer& observer = {},
                const CancelToken* cancel = nullptr);

  /// Throws what generate() would throw for a request or file that can be seen to be wrong before any work.
  void check(const Request& request, const OutputFile& output);

  /// Tells what a request will take, without making it. Throws Error, also when it does not fit the memory limit.
  Plan plan(const Request& request);

  /// Generates into memory. Throws Error.
  Video generate(const Request& request, const Observer& observer = {}, const CancelToken* cancel = nullptr);

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

}  // namespace odsora
