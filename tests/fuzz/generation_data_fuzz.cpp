// What a file tells of how it was made: of a PNG, GIF, WebP, WebM or MP4, by its content.
#include "hostile_input.h"
#include "memory_file.h"
#include "odsora/odsora.h"

using namespace odsora;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return fuzz::try_input([&] {
    const fuzz::MemoryFile file(data, size);
    parse_recipe(read_generation_data(file.path()), file.path());
  });
}
