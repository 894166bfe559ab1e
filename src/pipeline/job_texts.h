// What the text encoder reads for a job: the captions of its clips and the negative one, each once.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/host_tensor.h"
#include "pipeline/job.h"
#include "pipeline/model_folder.h"
#include "pipeline/progress_meter.h"

namespace odsora {

struct JobText {
  std::vector<int32_t> tokens;
  std::optional<HostTensor> embedding;  // [tokens, caption channels], where it is known
};

struct JobTexts {
  std::vector<JobText> texts;
  std::vector<size_t> of_clip;     // [clips]: which of the texts
  std::optional<size_t> negative;  // likewise; absent: the model's null text

  int unknown() const;  // how many embeddings there are not yet
  int64_t most_tokens() const;
  /// Of the negative text that goes with a prompt of so many tokens: the model's null text is cut to that.
  int64_t negative_tokens(int64_t prompt_tokens) const;
};

/// The tokens of the job's captions, cut to what the model reads; tells the user when something was cut.
JobTexts tokenize(const ModelFolder& model, const Job& job, const ProgressMeter& progress);

}  // namespace odsora
