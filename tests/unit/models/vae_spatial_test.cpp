#include "models/vae_spatial.h"

#include "support/safetensors_builder.h"
#include "support/temporary_folder.h"
#include "unit/cpu/cpu_fixture.h"
#include "weights/weight_store.h"

namespace odsora {
namespace {

using namespace test;

/// A checkpoint of random weights, as VaeSpatialDecoder and VaeSpatialEncoder read it.
class RandomWeights {
 public:
  explicit RandomWeights(const VaeSpatialConfig& config) {
    conv("post_quant_conv", config.latent_channels, config.latent_channels, 1);
    conv("quant_conv", 2 * config.latent_channels, 2 * config.latent_channels, 1);
    decoder(config);
    encoder(config);
  }
  std::string bytes() const { return builder_.bytes(); }

 private:
  void decoder(const VaeSpatialConfig& config) {
    int64_t channels = config.channels.back();
    conv("decoder.conv_in", config.latent_channels, channels, 3);
    middle("decoder.mid_block", channels);
    for (size_t i = 0; i < config.channels.size(); ++i) {
      const std::string block = join("decoder.up_blocks.", i);
      const int64_t outputs = config.channels[config.channels.size() - 1 - i];
      for (int r = 0; r <= config.resnets_per_level; ++r) {
        resnet(join(block, ".resnets.", r), r == 0 ? channels : outputs, outputs);
      }
      if (i + 1 < config.channels.size()) conv(block + ".upsamplers.0.conv", outputs, outputs, 3);
      channels = outputs;
    }
    norm("decoder.conv_norm_out", channels);
    conv("decoder.conv_out", channels, 3, 3);
  }

  void encoder(const VaeSpatialConfig& config) {
    int64_t channels = config.channels.front();
    conv("encoder.conv_in", 3, channels, 3);
    for (size_t i = 0; i < config.channels.size(); ++i) {
      const std::string block = join("encoder.down_blocks.", i);
      const int64_t outputs = config.channels[i];
      for (int r = 0; r < config.resnets_per_level; ++r) {
        resnet(join(block, ".resnets.", r), r == 0 ? channels : outputs, outputs);
      }
      if (i + 1 < config.channels.size()) conv(block + ".downsamplers.0.conv", outputs, outputs, 3);
      channels = outputs;
    }
    middle("encoder.mid_block", channels);
    norm("encoder.conv_norm_out", channels);
    conv("encoder.conv_out", channels, 2 * config.latent_channels, 3);
  }

  void middle(const std::string& name, int64_t channels) {
    resnet(name + ".resnets.0", channels, channels);
    resnet(name + ".resnets.1", channels, channels);
    norm(name + ".attentions.0.group_norm", channels);
    for (const char* linear : {"to_q", "to_k", "to_v", "to_out.0"}) {
      weight(join(name, ".attentions.0.", linear), {channels, channels}, 0.1F);
    }
  }

  void resnet(const std::string& name, int64_t inputs, int64_t outputs) {
    norm(name + ".norm1", inputs);
    conv(name + ".conv1", inputs, outputs, 3);
    norm(name + ".norm2", outputs);
    conv(name + ".conv2", outputs, outputs, 3);
    if (inputs != outputs) conv(name + ".conv_shortcut", inputs, outputs, 1);
  }

  void norm(const std::string& name, int64_t channels) { weight(name, {channels}, 1.0F); }
  void conv(const std::string& name, int64_t inputs, int64_t outputs, int64_t kernel) {
    weight(name, {outputs, inputs, kernel, kernel}, 0.1F);
  }
  void weight(const std::string& name, const Shape& shape, float scale) {
    builder_.add_f32(name + ".weight", shape, random_tensor(shape, ++seed_, scale).values);
    builder_.add_f32(name + ".bias", {shape[0]}, random_tensor({shape[0]}, ++seed_, scale).values);
  }

  SafetensorsBuilder builder_;
  uint32_t seed_ = 0;
};

constexpr int64_t kWhole = int64_t{1} << 40;

class VaeSpatialTest : public CpuOpsTest {
 protected:
  VaeSpatialTest() : file_(folder_.write("vae.safetensors", RandomWeights(config_).bytes())), store_(file_) {}

  const VaeSpatialConfig config_ = {.channels = {16, 32, 32, 32}, .resnets_per_level = 1, .norm_groups = 8};
  TemporaryFolder folder_;
  std::filesystem::path file_;
  WeightStore store_;
};
ODSORA_BOTH_TYPES(VaeSpatialTest);

TEST_P(VaeSpatialTest, BandsChangeNoByte) {
  const std::unique_ptr<Ops> ops = make_ops();
  const VaeSpatialDecoder decoder({*ops, weight_memory()}, WeightScope(store_), config_);
  const VaeSpatialEncoder encoder({*ops, weight_memory()}, WeightScope(store_), config_);
  const Tensor latents = ops->upload(random_tensor({2, 7, 5, 4}, 1), DType::kF32);
  const Tensor pixels = ops->upload(random_tensor({2, 56, 40, 3}, 2), DType::kF32);
  const HostTensor decoded = ops->download(decoder.decode(latents, kWhole));
  const HostTensor encoded = ops->download(encoder.encode(pixels, kWhole));
  for (const int64_t band_bytes : {int64_t{1}, int64_t{20'000}, int64_t{90'000}}) {
    EXPECT_EQ(ops->download(decoder.decode(latents, band_bytes)).values, decoded.values) << band_bytes;
    EXPECT_EQ(ops->download(encoder.encode(pixels, band_bytes)).values, encoded.values) << band_bytes;
  }
}

// The largest picture, where the finest level begins, and half as much: the hidden one of a resnet with half the
// channels.
TEST_P(VaeSpatialTest, MemoryIsThatOfTheStreamAndOneHiddenPicture) {
  constexpr Bytes kPageRounding = 16 * 4096;  // the workspace hands out whole pages
  const std::unique_ptr<Ops> ops = make_ops();
  const VaeSpatialDecoder decoder({*ops, weight_memory()}, WeightScope(store_), config_);
  const Shape shape = {1, 60, 12, 4};
  const auto largest = static_cast<Bytes>(shape[1] * 8 * shape[2] * 8 * 32) * size_of(GetParam());
  for (int frame = 0; frame < 2; ++frame) {
    const size_t most = largest * 9 / 5 + kPageRounding;
    workspace_.set_capacity(most);  // what is free is kept only within it
    const HostTensor pixels = ops->download(
        decoder.decode(ops->upload(random_tensor(shape, 1), DType::kF32), static_cast<int64_t>(largest / 16)));
    EXPECT_EQ(pixels.dim(1), 480);
    EXPECT_LE(workspace_.peak_bytes(), most);
  }
}

// As the decoder's, where the pictures have all their pixels: before the first halving.
TEST_P(VaeSpatialTest, TheEncodersMemoryIsThatOfTheStreamAndOneHiddenPicture) {
  constexpr Bytes kPageRounding = 16 * 4096;
  const std::unique_ptr<Ops> ops = make_ops();
  const VaeSpatialEncoder encoder({*ops, weight_memory()}, WeightScope(store_), config_);
  const Shape shape = {1, 480, 96, 3};
  const auto largest = static_cast<Bytes>(shape[1] * shape[2] * config_.channels.front()) * size_of(GetParam());
  const auto pixels = static_cast<Bytes>(element_count(shape)) * size_of(DType::kF32);
  const Tensor moments =
      encoder.encode(ops->upload(random_tensor(shape, 1), DType::kF32), static_cast<int64_t>(largest / 16));
  EXPECT_EQ(moments.dim(1), 60);
  EXPECT_LE(workspace_.peak_in_use(), pixels + largest * 9 / 4 + kPageRounding);
}

}  // namespace
}  // namespace odsora
