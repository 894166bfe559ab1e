// A weight file: its header, then every tensor, whole and by rows.
#include "hostile_input.h"
#include "memory_file.h"
#include "weights/weight_scope.h"
#include "weights/weight_store.h"

using namespace odsora;

namespace {

void read_every_tensor(const WeightStore& store) {
  for (const std::string& name : store.names()) {
    const TensorInfo& info = store.info(name);
    to_f32(store.read(name));
    if (info.shape.empty()) continue;
    store.read_rows(name, info.shape.front() / 2, info.shape.front() - info.shape.front() / 2);
  }
}

/// As models do, which have no use for truth values. The shapes of the file are those that are asked for.
void bind_every_tensor(const WeightStore& store) {
  const WeightScope scope(store);
  for (const std::string& name : store.names()) {
    if (store.info(name).dtype == DType::kBool) continue;
    scope.read_f32(name, store.info(name).shape);
    scope.read_squeezed(name, store.info(name).shape);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return fuzz::try_input([&] {
    const fuzz::MemoryFile file(data, size);
    const WeightStore store(file.path());
    read_every_tensor(store);
    bind_every_tensor(store);
  });
}
