// config.json of a denoiser.
#include "hostile_input.h"
#include "models/stdit3_config.h"

using namespace odsora;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return fuzz::try_input([&] {
    const StDit3Config config = StDit3Config::read(ConfigObject::parse(fuzz::text_of(data, size), "config.json"));
    if (config.head_size() < 2 || config.mlp_size < 1) fuzz::report_finding("a layer without a size");
  });
}
