// From the job's captions to text embeddings.
#pragma once

#include <functional>
#include <vector>

#include "models/t5_encoder.h"
#include "pipeline/phase_model.h"

namespace odsora {

class TextStage {
 public:
  TextStage(const PipelineInputs& inputs, const PipelineMeans& means, PipelineTotals& totals);

  /// The embeddings of all texts, [tokens, caption channels] each; those that are known already cost nothing. Calls
  /// `before_last_block`, where the next model's first blocks may be opened. Throws Error(kNumbers).
  std::vector<HostTensor> run(const std::function<void()>& before_last_block);

 private:
  HostTensor encode(const std::vector<int32_t>& tokens, int blocks_done,
                    const std::function<void()>& before_last_block);

  const PipelineInputs& inputs_;
  const PipelineMeans& means_;
  PhaseModel<T5Encoder, T5Config> encoder_;
  int blocks_ = 0;  // that all unknown texts pass through
};

}  // namespace odsora
