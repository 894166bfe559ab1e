// The index of a sharded checkpoint, beside two good shards.
#include "hostile_input.h"
#include "support/safetensors_builder.h"
#include "support/temporary_folder.h"
#include "weights/weight_store.h"

using namespace odsora;

namespace {

const TemporaryFolder& checkpoint() {
  static const TemporaryFolder folder;
  static const bool once = [] {
    folder.write("one.safetensors", SafetensorsBuilder().add_f32("a", {2}, {1, 2}).add_f32("b", {1}, {3}).bytes());
    folder.write("two.safetensors", SafetensorsBuilder().add_f32("c", {}, {4}).bytes());
    return true;
  }();
  static_cast<void>(once);
  return folder;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return fuzz::try_input([&] {
    checkpoint().write("model.safetensors.index.json", fuzz::text_of(data, size));
    const WeightStore store(checkpoint().path());
    for (const std::string& name : store.names()) store.read(name);
  });
}
