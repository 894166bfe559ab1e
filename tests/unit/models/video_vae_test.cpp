#include "models/video_vae.h"

#include <gmock/gmock.h>

#include "unit/cpu/cpu_fixture.h"
#include "weights/tensor_headers.h"
#include "weights/weight_store.h"

namespace odsora {
namespace {

using namespace test;

/// A model of this repository, and its encoder run by any host.
class Encoder {
 public:
  Encoder(const std::string& folder, Ops& ops)
      : config_(VideoVaeConfig::read(ConfigObject::open(path(folder) / "config.json"))),
        store_(path(folder) / "model.safetensors"),
        ops_(ops) {}

  const VideoVaeConfig& config() const { return config_; }
  VideoVaeEncoder resident() { return {WeightScope(store_), config_, {ops_, weights_}}; }

  /// With a dry run's host: what the blocks need.
  BlockMeasure measure() const {
    const TensorHeaders headers(store_);
    WeightCount weights;
    BlockMeasure measure;
    VideoVaeEncoder(WeightScope(headers), config_, {ops_, weights, &measure});
    EXPECT_EQ(weights.bytes(), 0U);  // nothing is held outside the blocks
    return measure;
  }

  /// use(encoder), whose blocks all pass through two slots, `passes` times.
  template <typename Use>
  StreamTotals stream(int passes, const Use& use) {
    const BlockMeasure blocks = measure();
    const auto count = static_cast<int>(blocks.tensors.size());
    MemoryBudget budget(2 * blocks.largest);
    ReaderPool readers;
    StreamTotals totals;
    const BlockStreaming streaming = {
        .what = "encoder",
        .plan = *plan_loading({.blocks = count, .block_bytes = blocks.largest, .available = budget.limit()}),
        .measure = blocks,
        .passes = passes,
        .staging_bytes = 16 << 20,
        .store = store_,
        .readers = readers,
        .budget = budget,
        .totals = totals};
    {
      VideoVaeEncoder encoder(WeightScope(store_), config_, {ops_, weights_, nullptr, &streaming});
      use(encoder);
    }
    EXPECT_LE(budget.peak(), budget.limit());
    return totals;
  }

 private:
  static std::filesystem::path path(const std::string& folder) {
    return std::filesystem::path(ODSORA_SOURCE_FOLDER) / folder;
  }

  VideoVaeConfig config_;
  WeightStore store_;
  Ops& ops_;
  GrowingWeightMemory weights_;
};

constexpr const char* kGolden = "tests/golden/vae";
constexpr const char* kShipped = "models/emoji-world/vae";

class VideoVaeTest : public CpuOpsTest {};
ODSORA_BOTH_TYPES(VideoVaeTest);

TEST_P(VideoVaeTest, StreamedBlocksEncodeTheSameBytes) {
  constexpr int kChunks = 3;  // 17, 17 and 3 frames
  const HostTensor clip = random_tensor({37, 32, 24, 3}, 1, 0.5F);
  const std::unique_ptr<Ops> ops = make_ops();
  for (const char* folder : {kGolden, kShipped}) {
    Encoder model(folder, *ops);
    const HostTensor mean = model.resident().encode(clip);
    const HostTensor drawn = model.resident().encode(clip, 5);
    EXPECT_NE(drawn.values, mean.values);
    const StreamTotals totals = model.stream(2 * kChunks, [&](VideoVaeEncoder& encoder) {
      EXPECT_EQ(encoder.encode(clip).values, mean.values) << folder;
      EXPECT_EQ(encoder.encode(clip, 5).values, drawn.values) << folder;
    });
    EXPECT_EQ(totals.stats.loads, 2 * kChunks * totals.blocks) << folder;  // nothing was kept
  }
}

TEST_P(VideoVaeTest, AClipIsItsChunks) {
  const HostTensor clip = random_tensor({20, 16, 16, 3}, 2, 0.5F);
  const std::unique_ptr<Ops> ops = make_ops();
  Encoder model(kGolden, *ops);
  VideoVaeEncoder encoder = model.resident();
  const HostTensor whole = encoder.encode(clip, 9);
  ASSERT_EQ(whole.shape, (Shape{4, 6, 8, 8}));
  LatentDraw draw(9);
  int64_t first_latent_frame = 0;
  for (const auto& [first, count] : {std::pair<int64_t, int64_t>{0, 17}, {17, 3}}) {
    const auto frame = static_cast<int64_t>(16 * 16 * 3);
    const HostTensor chunk({count, 16, 16, 3},
                           {clip.values.begin() + first * frame, clip.values.begin() + (first + count) * frame});
    const HostTensor part = encoder.encode_chunk(chunk, draw);
    ASSERT_EQ(part.dim(1), model.config().latent_frames(count));
    for (int64_t c = 0; c < 4; ++c) {
      for (int64_t i = 0; i < part.dim(1) * 64; ++i) {
        ASSERT_EQ(part.data()[c * part.dim(1) * 64 + i], whole.data()[(c * 6 + first_latent_frame) * 64 + i]);
      }
    }
    first_latent_frame += part.dim(1);
  }
}

// Each halving rounds down, so pixels at the right and at the bottom can be left over.
TEST_P(VideoVaeTest, SizesThatAreNoMultipleOfTheFactorRoundDown) {
  const std::unique_ptr<Ops> ops = make_ops();
  Encoder model(kShipped, *ops);
  LatentDraw mean;
  const HostTensor latent = model.resident().encode_chunk(random_tensor({1, 31, 17, 3}, 3, 0.5F), mean);
  EXPECT_EQ(latent.shape, (Shape{16, 1, 3, 2}));
  EXPECT_THAT(latent.values, testing::Each(testing::Truly([](float value) { return std::isfinite(value); })));
}

TEST_P(VideoVaeTest, TheEncodersBlocksAreTheSpatialOneAndThePiecesOfTheTemporalOne) {
  const std::unique_ptr<Ops> ops = make_ops();
  const std::vector<std::vector<std::string>> blocks = Encoder(kShipped, *ops).measure().tensors;
  ASSERT_EQ(blocks.size(), 1U + 9U);  // conv_in, five resnets, two halvings, the exit
  EXPECT_THAT(blocks[0], testing::Each(testing::StartsWith("spatial_vae.module.")));
  EXPECT_THAT(blocks[1], testing::ElementsAre("temporal_vae.encoder.conv_in.conv.weight"));
  EXPECT_THAT(blocks[2], testing::Each(testing::StartsWith("temporal_vae.encoder.block_res_blocks.0.0.")));
  EXPECT_THAT(blocks[4], testing::Each(testing::StartsWith("temporal_vae.encoder.conv_blocks.1.")));
  EXPECT_THAT(blocks[9], testing::Contains("temporal_vae.quant_conv.conv.weight"));
}

}  // namespace
}  // namespace odsora
