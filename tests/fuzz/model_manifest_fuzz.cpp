// odsora.json of a model folder.
#include "hostile_input.h"
#include "support/temporary_folder.h"
#include "weights/model_manifest.h"

using namespace odsora;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const TemporaryFolder model;
  return fuzz::try_input([&] {
    model.write("odsora.json", fuzz::text_of(data, size));
    read_manifest(model.path());
  });
}
