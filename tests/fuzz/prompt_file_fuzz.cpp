// A file of prompts.
#include "hostile_input.h"
#include "memory_file.h"
#include "prompt_file.h"

using namespace odsora;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return fuzz::try_input([&] {
    const fuzz::MemoryFile file(data, size);
    odsora_cli::read_prompt_file(file.path(), {});
  });
}
