#include "pipeline/job_texts.h"

#include <algorithm>

#include "base/error.h"

namespace odsora {
namespace {

// The text's place among the texts, at the end if it is new.
size_t place_of(std::vector<int32_t> tokens, std::vector<JobText>& texts) {
  const auto same = [&tokens](const JobText& text) { return text.tokens == tokens; };
  const auto found = std::find_if(texts.begin(), texts.end(), same);
  const auto place = static_cast<size_t>(found - texts.begin());
  if (found == texts.end()) texts.push_back({.tokens = std::move(tokens), .embedding = {}});
  return place;
}

}  // namespace

int JobTexts::unknown() const {
  return static_cast<int>(
      std::count_if(texts.begin(), texts.end(), [](const JobText& text) { return !text.embedding.has_value(); }));
}

int64_t JobTexts::most_tokens() const {
  size_t most = 0;
  for (const JobText& text : texts) most = std::max(most, text.tokens.size());
  return static_cast<int64_t>(most);
}

int64_t JobTexts::negative_tokens(int64_t prompt_tokens) const {
  return negative ? static_cast<int64_t>(texts[*negative].tokens.size()) : prompt_tokens;
}

JobTexts tokenize(const ModelFolder& model, const Job& job, const ProgressMeter& progress) {
  const auto most = static_cast<int>(model.transformer.max_text_tokens);
  const auto read = [&](const char* what, const std::string& caption) {
    TokenizedPrompt tokens = tokenize_prompt(model.tokenizer, caption, most);
    if (tokens.dropped > 0) {
      progress.note(join("the ", what, " is longer than the ", most - 1, " tokens this model reads: its last ",
                         tokens.dropped, " tokens are left out"));
    }
    return std::move(tokens.ids);
  };
  JobTexts result;
  for (size_t clip = 0; clip < job.captions.size(); ++clip) {
    const bool repeated = clip > 0 && job.captions[clip] == job.captions[clip - 1];
    result.of_clip.push_back(repeated ? result.of_clip.back()
                                      : place_of(read("prompt", job.captions[clip]), result.texts));
  }
  if (!job.negative_caption.empty()) {
    result.negative = place_of(read("negative prompt", job.negative_caption), result.texts);
  }
  return result;
}

}  // namespace odsora
