#include "models/stdit3.h"

#include "cpu/primitive_log.h"
#include "unit/cpu/cpu_fixture.h"
#include "weights/weight_store.h"

namespace odsora {
namespace {

using namespace test;

constexpr const char* kShippedDenoiser = ODSORA_SOURCE_FOLDER "/models/emoji-world/transformer";

class StDit3Test : public CpuOpsTest {};

TEST_P(StDit3Test, ASecondEvaluationMakesNoPrimitiveAndTakesNoMemoryFromTheSystem) {
  const std::filesystem::path folder = kShippedDenoiser;
  const StDit3Config config = StDit3Config::read(ConfigObject::open(folder / "config.json"));
  const WeightStore store(folder / "model.safetensors");
  PrimitiveLog log;
  const auto ops = make_cpu_ops({.compute_type = GetParam(), .threads = 2, .workspace = workspace_, .log = &log});
  StDit3 denoiser(WeightScope(store), config, {*ops, weight_memory()});
  const std::vector<HostTensor> texts(2, random_tensor({7, config.caption_channels}, 1));
  TextCondition text = denoiser.prepare_text(texts);
  const HostTensor latent = random_tensor({2, config.in_channels, 10, 16, 16}, 2);
  const std::vector<float> times(2, 500.0F), fps(2, 8.0F);
  const StDit3Inputs inputs = {
      .latent = latent, .timesteps = times, .fps = fps, .pixel_height = 128, .pixel_width = 128, .text = text};
  denoiser.forward(inputs);
  const size_t primitives = log.primitives().size();
  const size_t allocations = workspace_.system_allocations();
  EXPECT_GT(primitives, 0U);
  EXPECT_GT(allocations, 0U);
  denoiser.forward(inputs);
  EXPECT_EQ(log.primitives().size(), primitives);
  EXPECT_EQ(workspace_.system_allocations(), allocations);
}

ODSORA_BOTH_TYPES(StDit3Test);

}  // namespace
}  // namespace odsora
