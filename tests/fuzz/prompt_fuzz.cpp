// A prompt: cut for the clips, given scores, cleaned, made tokens of the shipped model.
#include "hostile_input.h"
#include "text/caption_cleaner.h"
#include "text/loop_prompt.h"
#include "text/score_suffix.h"
#include "text/t5_tokenizer.h"
#include "text/utf8.h"

using namespace odsora;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const T5Tokenizer tokenizer(ODSORA_SOURCE_FOLDER "/models/emoji-world/tokenizer/spiece.model");
  return fuzz::try_input([&] {
    for (const std::string& prompt : prompts_of_clips(fuzz::text_of(data, size), 3)) {
      const std::string scored =
          append_scores(prompt, {.aesthetic = 6.5, .motion = 10, .camera_motion = std::string(prompt.substr(0, 40))});
      const std::string cleaned = clean_caption(scored);
      decode_utf8(cleaned);
      for (const int32_t id : tokenize_prompt(tokenizer, cleaned, 64).ids) {
        if (id < 0 || id >= tokenizer.vocabulary_size()) fuzz::report_finding("a token outside the vocabulary");
      }
    }
  });
}
