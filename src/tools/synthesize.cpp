#include "tools/synthesize.h"

#include <algorithm>
#include <fstream>
#include <future>
#include <string>
#include <system_error>
#include <vector>

#include "base/error.h"
#include "tools/synthesize_folder.h"
#include "tools/synthesize_plan.h"
#include "tools/synthesize_values.h"
#include "weights/safetensors_writer.h"

namespace odsora {
namespace {

namespace fs = std::filesystem;

constexpr size_t kBufferBytes = size_t{4} << 20;
static_assert(kBufferBytes % (kValuesPerPart * sizeof(float)) == 0, "tensors are made in parts that may begin there");
/// Bytes that are brought to the disk at a time, while the next are made: few, so that an interrupt is heard soon on a
/// slow disk and the system's memory is not filled.
constexpr Bytes kFlushedAtOnce = Bytes{64} << 20;

SynthesisOptions checked(const SynthesisOptions& options) {
  if (options.shard_bytes == 0) fail(ErrorCode::kInvalidArgument, "shard size: expected at least 1 byte, found 0");
  return options;
}

/// The weights of one file after the other, through one buffer.
class WeightWriter {
 public:
  WeightWriter(uint64_t seed, Bytes total, const SynthesisObserver& observer, const CancelToken* cancel)
      : seed_(seed), progress_{.written = 0, .total = total, .elapsed = 0}, observer_(observer), cancel_(cancel) {}

  void write(const fs::path& path, const PlannedFile& file) {
    OpenFile open = {.writer = {path, file.infos()}, .unflushed = 0, .flush = {}};
    for (const PlannedTensor& tensor : file.tensors) write(open, tensor);
    if (open.flush.valid()) open.flush.get();
    open.writer.finish();
  }

  Seconds elapsed() const { return clock_.elapsed(); }

 private:
  struct OpenFile {
    SafetensorsWriter writer;
    Bytes unflushed;
    std::future<void> flush;  // uses the writer: its destructor comes first, and waits
  };

  void write(OpenFile& open, const PlannedTensor& tensor) {
    const uint64_t element_bytes = size_of(tensor.info.dtype);
    for (Bytes done = 0; done < tensor.info.byte_count;) {
      if (cancel_ != nullptr && cancel_->requested()) throw Cancelled{};
      const Bytes now = std::min<Bytes>(buffer_.size(), tensor.info.byte_count - done);
      const std::span<std::byte> part(buffer_.data(), now);
      fill_values({seed_, tensor.info.name}, tensor.distribution, tensor.info.dtype, done / element_bytes, part);
      open.writer.append(part);
      done += now;
      flush_sometimes(open, now);
      progress_.written += now;
      progress_.elapsed = clock_.elapsed();
      if (observer_) observer_(progress_);
    }
  }

  static void flush_sometimes(OpenFile& open, Bytes written) {
    open.unflushed += written;
    if (open.unflushed < kFlushedAtOnce) return;
    if (open.flush.valid()) open.flush.get();
    open.flush = std::async(std::launch::async, [&writer = open.writer] { writer.flush(); });
    open.unflushed = 0;
  }

  uint64_t seed_;
  SynthesisProgress progress_;
  const SynthesisObserver& observer_;
  const CancelToken* cancel_;
  Stopwatch clock_;
  std::vector<std::byte> buffer_ = std::vector<std::byte>(kBufferBytes);
};

void require_space(const fs::path& folder, Bytes needed) {
  std::error_code error;
  const fs::space_info space = fs::space(folder, error);
  if (error || space.available >= needed) return;  // a disk that does not say is tried
  constexpr Bytes kMegabyte = 1'000'000;
  fail(ErrorCode::kOutput, folder.parent_path().string(), ": the model takes ", (needed + kMegabyte - 1) / kMegabyte,
       " MB, the disk has ", space.available / kMegabyte, " MB free");
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directory(folder, error);
  if (error) fail(ErrorCode::kOutput, "cannot make the folder ", folder.string(), ": ", error.message());
}

void write_text(const fs::path& file, const std::string& text) {
  std::ofstream stream(file, std::ios::binary);
  stream << text;
  if (!stream.flush()) fail(ErrorCode::kOutput, "cannot write ", file.string());
}

void copy_tokenizer(const fs::path& from, const fs::path& folder) {
  make_folder(folder);
  std::error_code error;
  fs::copy_file(from, folder / "spiece.model", error);
  if (error) fail(ErrorCode::kOutput, "cannot copy ", from.string(), ": ", error.message());
}

void write_model(const fs::path& folder, const ModelLikeness& likeness, const ModelPlan& plan, WeightWriter& weights) {
  ModelManifest manifest = likeness.manifest;
  if (!manifest.name.starts_with("synthetic-")) manifest.name = "synthetic-" + manifest.name;
  write_text(folder / "odsora.json", manifest_text(manifest));
  copy_tokenizer(likeness.tokenizer, folder / "tokenizer");
  for (const PlannedCheckpoint& checkpoint : plan.checkpoints) {
    const fs::path part = folder / checkpoint.folder;
    make_folder(part);
    write_text(part / "config.json", checkpoint.config);
    if (checkpoint.index) write_text(part / "model.safetensors.index.json", *checkpoint.index);
    for (const PlannedFile& file : checkpoint.files) weights.write(part / file.name, file);
  }
}

}  // namespace

SynthesisReport synthesize_model(const SynthesisOptions& wished, const SynthesisObserver& observer,
                                 const CancelToken* cancel) {
  const SynthesisOptions options = checked(wished);
  const ModelLikeness likeness = options.like ? likeness_of(*options.like) : open_sora_likeness(options.tokenizer);
  const ModelPlan plan = plan_model(likeness, options.dtype, options.shard_bytes);
  SynthesisReport report = {.cancelled = false, .weights = plan.weights, .bytes = plan.file_bytes, .seconds = 0};
  WeightWriter weights(options.seed, plan.data_bytes, observer, cancel);
  try {
    PendingFolder folder(options.folder);
    require_space(folder.path(), plan.file_bytes);
    write_model(folder.path(), likeness, plan, weights);
    folder.publish();
  } catch (const Cancelled&) {
    report.cancelled = true;
  }
  report.seconds = weights.elapsed();
  return report;
}

}  // namespace odsora
