#include "pipeline/text_stage.h"

#include "pipeline/guarded_computation.h"
#include "pipeline/number_guard.h"

namespace odsora {

TextStage::TextStage(const PipelineInputs& inputs, const PipelineMeans& means, PipelineTotals& totals)
    : inputs_(inputs),
      means_(means),
      encoder_(inputs.model.text_encoder_weights, inputs.model.text_encoder, Phase::kTextEncoding, inputs, means,
               totals) {}

std::vector<HostTensor> TextStage::run(const std::function<void()>& before_last_block) {
  const std::vector<JobText>& texts = inputs_.texts.texts;
  std::vector<HostTensor> embeddings(texts.size());
  for (size_t i = 0; i < texts.size(); ++i) {
    if (texts[i].embedding) embeddings[i] = *texts[i].embedding;
  }
  const int unknown = inputs_.texts.unknown();
  if (unknown == 0) {
    if (!means_.checkpoint.has_texts()) means_.checkpoint.keep_texts(embeddings);
    return embeddings;
  }
  const int layers = inputs_.model.text_encoder.layers;
  blocks_ = unknown * layers;
  means_.progress.begin(Phase::kTextEncoding, blocks_);
  encoder_.begin(unknown);
  int done = 0;
  for (size_t i = 0; i < texts.size(); ++i) {
    if (texts[i].embedding) continue;
    embeddings[i] = encode(texts[i].tokens, done, before_last_block);
    done += layers;
    inputs_.keep_text(i, embeddings[i]);
    means_.checkpoint.keep_texts(embeddings);
    means_.progress.step_done(done);
  }
  encoder_.end();
  return embeddings;
}

HostTensor TextStage::encode(const std::vector<int32_t>& tokens, int blocks_done,
                             const std::function<void()>& before_last_block) {
  return compute_guarded({.what = "text encoding",
                          .most = kMostOfEmbedding,
                          .compute =
                              [&](const Probe& search) {
                                int block = 0;  // the probe looks before the first and between blocks
                                return encoder_->encode(tokens, [&](std::string_view name, const Tensor& states) {
                                  if (search) search(name, states);
                                  if (block > 0) means_.progress.step_done(blocks_done + block);
                                  if (blocks_done + ++block == blocks_) before_last_block();
                                });
                              },
                          .fall_back = [&] { return encoder_.fall_back_to_f32(); },
                          .reopen = [&] { encoder_.reopen(); },
                          .note = [&](const std::string& sentence) { means_.progress.note(sentence); }});
}

}  // namespace odsora
