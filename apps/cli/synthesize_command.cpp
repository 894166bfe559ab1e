#include "synthesize_command.h"

#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <iostream>
#include <map>

#include "choice_option.h"
#include "interrupt.h"
#include "shipped_model.h"

namespace odsora_cli {
namespace {

constexpr const char* kOpenSora = "open-sora-v1.2";

const std::map<std::string, odsora::DType> kFormats = {
    {"f32", odsora::DType::kF32}, {"f16", odsora::DType::kF16}, {"bf16", odsora::DType::kBF16}};

constexpr const char* kSynthesizeExamples = R"(Examples:
  odsora synthesize synthetic-xl                          12.7 GB, the sizes of Open-Sora v1.2
  odsora synthesize --like ~/my-model --dtype f32 small   the sizes in the folder's config.json files
  odsora generate --model synthetic-xl -p "noise"         its videos show nothing)";

// "1234 of 12729 MB, 83 MB/s".
std::string describe(const odsora::SynthesisProgress& progress) {
  char text[96];
  const double speed = progress.elapsed > 0 ? static_cast<double>(progress.written) / progress.elapsed : 0;
  std::snprintf(text, sizeof text, "%.0f of %.0f MB, %.0f MB/s", static_cast<double>(progress.written) / 1e6,
                static_cast<double>(progress.total) / 1e6, speed / 1e6);
  return text;
}

// One line of a terminal, written over; elsewhere a line for each tenth.
class ProgressLine {
 public:
  void show(const odsora::SynthesisProgress& progress) {
    const auto tenth = progress.written * 10 / progress.total;
    if (live_ ? progress.elapsed - shown_at_ < kLivePeriod : tenth == shown_tenth_) return;
    shown_at_ = progress.elapsed;
    shown_tenth_ = tenth;
    if (live_) {
      std::cerr << kClear << describe(progress) << std::flush;
    } else {
      std::cerr << describe(progress) << '\n';
    }
  }

  void end() const {
    if (live_) std::cerr << kClear << std::flush;
  }

 private:
  static constexpr const char* kClear = "\r\033[K";
  static constexpr odsora::Seconds kLivePeriod = 0.1;

  bool live_ = isatty(STDERR_FILENO) != 0;
  odsora::Seconds shown_at_ = 0;
  odsora::Bytes shown_tenth_ = 0;
};

}  // namespace

SynthesizeCommand::SynthesizeCommand(CLI::App& app)
    : command_(app.add_subcommand("synthesize", "Write a model of random weights, to try memory and speed")) {
  command_->footer(kSynthesizeExamples);
  command_->add_option("folder", folder_, "Model folder to write; must be new or empty")
      ->type_name("FOLDER")
      ->required();
  command_
      ->add_option("--like", like_,
                   "open-sora-v1.2, or a model folder, whose config.json files say the sizes [open-sora-v1.2]")
      ->type_name("FOLDER|open-sora-v1.2");
  command_->add_option("--dtype", dtype_, "Format of the weights: f32, f16 or bf16 [bf16]")
      ->type_name(choice_words(kFormats))
      ->check(one_of(kFormats));
  command_->add_option("--seed", options_.seed, "Number that the weights are made from [0]")->type_name("N");
  command_
      ->add_option("--shard-size", options_.shard_bytes,
                   "The text encoder is split into files of at most this size, e.g. 500M or 2G [2G]")
      ->type_name("SIZE")
      ->transform(CLI::AsSizeValue(true).description(""));
}

int SynthesizeCommand::run() {
  odsora::CancelToken& token = interrupt_token();
  options_.folder = folder_;
  options_.dtype = kFormats.at(dtype_);
  if (!like_.empty() && like_ != kOpenSora) options_.like = like_;
  if (!options_.like) {
    const std::string shipped = shipped_model_folder();
    if (shipped.empty()) {
      throw odsora::Error(odsora::ErrorCode::kBadModel,
                          "no tokenizer: models/emoji-world was not found near the program; name a folder with --like");
    }
    options_.tokenizer = std::filesystem::path(shipped) / "tokenizer" / "spiece.model";
  }
  ProgressLine line;
  const odsora::SynthesisReport report = odsora::synthesize_model(
      options_, [&](const odsora::SynthesisProgress& progress) { line.show(progress); }, &token);
  line.end();
  if (report.cancelled) {
    std::cerr << "odsora: interrupted, nothing was written\n";
    return kExitInterrupted;
  }
  const double megabytes = static_cast<double>(report.bytes) / 1e6;
  char figures[96];
  std::snprintf(figures, sizeof figures, "%.1f MB in %.1f s, %.0f MB/s", megabytes, report.seconds,
                megabytes / report.seconds);
  std::cerr << folder_ << ": " << report.weights << " weights, " << dtype_ << ", seed " << options_.seed << "; "
            << figures << '\n';
  return 0;
}

}  // namespace odsora_cli
