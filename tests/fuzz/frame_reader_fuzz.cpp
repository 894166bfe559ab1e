// A given picture or video, brought to a small size.
#include <vector>

#include "hostile_input.h"
#include "memory_file.h"
#include "video/frame_reader.h"

using namespace odsora;

namespace {

constexpr FrameSize kTarget = {.width = 24, .height = 16};
constexpr Bytes kMostMemory = Bytes{48} << 20;  // as a memory limit would refuse it
constexpr int kMostFrames = 50;                 // or a few bytes that say "again" would take the time of the others

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return fuzz::try_input([&] {
    const fuzz::MemoryFile file(data, size);
    FrameReader reader(file.path(), kTarget);
    if (reader.memory() > kMostMemory) return;
    std::vector<uint8_t> rgb(size_t{3} * kTarget.width * kTarget.height);
    for (int frames = 0; frames < kMostFrames && reader.read(rgb);) ++frames;
  });
}
