// A SentencePiece model, and prompts that are tokenized with it.
#include "hostile_input.h"
#include "memory_file.h"
#include "text/t5_tokenizer.h"

using namespace odsora;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return fuzz::try_input([&] {
    const fuzz::MemoryFile file(data, size);
    const T5Tokenizer tokenizer(file.path());
    for (const char* prompt : {"", "a red panda", "  caf\u00e9 \uff21 \u4e2d \U0001f43c </s> <extra_id_0> <unk>\n"}) {
      for (const int32_t id : tokenize_prompt(tokenizer, prompt, 20).ids) {
        if (id < 0 || id >= tokenizer.vocabulary_size()) fuzz::report_finding("a token outside the vocabulary");
      }
    }
  });
}
