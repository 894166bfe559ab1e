// T5's tokenizer: a SentencePiece unigram model whose sequences end in </s>.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

namespace odsora {

/// Safe for concurrent const calls.
class T5Tokenizer {
 public:
  /// Reads a spiece.model. Throws Error(kBadModel) naming the file if it is missing, corrupt, no unigram model or
  /// without </s>.
  explicit T5Tokenizer(const std::filesystem::path& spiece_model);
  ~T5Tokenizer();
  T5Tokenizer(T5Tokenizer&&) noexcept;
  T5Tokenizer& operator=(T5Tokenizer&&) noexcept;

  /// The ids of a UTF-8 text, then that of </s>; equal to Hugging Face's T5 tokenizer for texts that spell no special
  /// token. Those are ordinary characters here, so that no prompt can end itself: "</s>" is '<', '/', 's', '>'.
  std::vector<int32_t> encode(std::string_view text) const;

  /// Pieces in the model; every id is below it. T5's <extra_id_…> are not counted.
  int vocabulary_size() const;

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

struct TokenizedPrompt {
  std::vector<int32_t> ids;  // at most max_length, the last one </s>
  int dropped = 0;           // tokens cut from the end of the text
};

/// At most max_length - 1 tokens of the text, then </s>. max_length must be positive.
TokenizedPrompt tokenize_prompt(const T5Tokenizer& tokenizer, std::string_view text, int max_length);

}  // namespace odsora
