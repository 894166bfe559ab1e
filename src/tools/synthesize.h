// Writes a model of random weights in the layout of a published one, so that memory and speed can be tried without a
// download. Its videos show nothing.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>

#include "base/dtype.h"
#include "base/units.h"
#include "odsora/odsora.h"

namespace odsora {

struct SynthesisOptions {
  std::filesystem::path folder;  // to write; must be new or empty
  /// The model folder whose configs, tokenizer and manifest are taken; absent: the sizes of Open-Sora v1.2.
  std::optional<std::filesystem::path> like;
  /// The spiece.model that Open-Sora v1.2's sizes are given.
  std::filesystem::path tokenizer;
  DType dtype = DType::kBF16;         // or F16, F32
  uint64_t seed = 0;                  // same seed, same bytes
  Bytes shard_bytes = 2'000'000'000;  // a larger text encoder is split
};

struct SynthesisProgress {
  Bytes written = 0;  // of the weights
  Bytes total = 0;
  Seconds elapsed = 0;
};

struct SynthesisReport {
  bool cancelled = false;  // stopped by the token; nothing was left
  uint64_t weights = 0;
  Bytes bytes = 0;  // of the weights' files
  Seconds seconds = 0;
};

/// Called every few megabytes, on the thread that called synthesize_model().
using SynthesisObserver = std::function<void(const SynthesisProgress&)>;

/// The folder appears, whole, at the end. Throws Error(kBadModel) for what cannot be taken from `like`, Error(kOutput)
/// when the folder is in use, cannot be written or would not fit on its disk.
SynthesisReport synthesize_model(const SynthesisOptions& options, const SynthesisObserver& observer = {},
                                 const CancelToken* cancel = nullptr);

}  // namespace odsora
