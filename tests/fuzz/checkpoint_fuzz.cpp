// A file of a checkpoint, with whatever digest its bytes have: a stranger can compute one as well.
#include "hostile_input.h"
#include "memory_file.h"
#include "pipeline/checkpoint.h"
#include "pipeline/checkpoint_state.h"
#include "sealed_checkpoint.h"

using namespace odsora;

namespace {

void read_all(const CheckpointFile& file) {
  const CheckpointJob job = read_job(file);
  const Recipe recipe = recipe_of(job, file.name());
  difference(job.recipe, "{}");
  const std::string kind = recipe.request.prompt;  // the seeds name the file that they are of
  if (kind == "denoising") {
    file.read("z", {1, 4, -1, -1, -1});
    parse_checkpoint_state(file.fact("state"), file.name());
  } else if (kind == "latents") {
    int clip = 0;
    read_denoised(file, {4, -1, -1, -1}, clip);
  } else if (kind == "texts") {
    file.read("text.0", {-1, 8});
  } else if (kind == "frames") {
    file.require("frames", DType::kU8, {-1, 4, 6, 3});
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return fuzz::try_input([&] {
    const std::string sealed = fuzz::sealed_checkpoint(std::string(fuzz::text_of(data, size)));
    const fuzz::MemoryFile file(reinterpret_cast<const uint8_t*>(sealed.data()), sealed.size());
    read_all(CheckpointFile(file.path()));
  });
}
