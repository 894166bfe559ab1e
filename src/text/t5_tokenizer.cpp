#include "text/t5_tokenizer.h"

#include <sentencepiece_processor.h>

#include <algorithm>
#include <cassert>
#include <exception>
#include <string>

#include "base/error.h"
#include "base/strict_json.h"
#include "text/spiece_file.h"

namespace odsora {
namespace {

/// Loads, with the library's exceptions turned into a message; empty on success.
std::string load(const std::string& model, sentencepiece::SentencePieceProcessor& processor) {
  try {
    const sentencepiece::util::Status status = processor.LoadFromSerializedProto(model);
    return status.ok() ? "" : status.ToString();
  } catch (const std::exception& error) {  // its double array throws
    return error.what();
  }
}

}  // namespace

struct T5Tokenizer::Rep {
  sentencepiece::SentencePieceProcessor processor;
  int end_of_sequence = -1;
};

T5Tokenizer::T5Tokenizer(const std::filesystem::path& spiece_model) : rep_(std::make_unique<Rep>()) {
  const std::string model = read_spiece_file(spiece_model);
  const std::string problem = load(model, rep_->processor);
  if (!problem.empty()) {
    fail(ErrorCode::kBadModel, "the vocabulary ", spiece_model.string(), " cannot be used: ", quoted(problem));
  }
  rep_->end_of_sequence = rep_->processor.eos_id();
  if (rep_->end_of_sequence < 0) {
    fail(ErrorCode::kBadModel, "the vocabulary ", spiece_model.string(), " has no </s>");
  }
}

T5Tokenizer::~T5Tokenizer() = default;
T5Tokenizer::T5Tokenizer(T5Tokenizer&&) noexcept = default;
T5Tokenizer& T5Tokenizer::operator=(T5Tokenizer&&) noexcept = default;

std::vector<int32_t> T5Tokenizer::encode(std::string_view text) const {
  std::vector<int> ids;
  const sentencepiece::util::Status status = rep_->processor.Encode(text, &ids);
  if (!status.ok()) fail(ErrorCode::kInternal, "the prompt cannot be tokenized: ", status.ToString());
  ids.push_back(rep_->end_of_sequence);
  return std::vector<int32_t>(ids.begin(), ids.end());
}

int T5Tokenizer::vocabulary_size() const { return rep_->processor.GetPieceSize(); }

TokenizedPrompt tokenize_prompt(const T5Tokenizer& tokenizer, std::string_view text, int max_length) {
  assert(max_length > 0);
  TokenizedPrompt prompt;
  prompt.ids = tokenizer.encode(text);
  const int excess = static_cast<int>(prompt.ids.size()) - max_length;
  prompt.dropped = std::max(0, excess);
  const auto end_of_sequence = prompt.ids.end() - 1;
  prompt.ids.erase(end_of_sequence - prompt.dropped, end_of_sequence);
  return prompt;
}

}  // namespace odsora
