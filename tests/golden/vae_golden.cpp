#include <gtest/gtest.h>

#include "golden/fixture.h"
#include "golden/golden_tests.h"
#include "models/video_vae.h"

namespace odsora::golden {
namespace {

constexpr Limit kDecodeLimit = {.absolute = 3e-5F};
constexpr Limit kEncodeLimit = {.absolute = 1e-5F};

// Joins the frames that a sink receives: [frames, height, width, channels].
class Joined {
 public:
  FrameSink sink() {
    return [this](const HostTensor& part) {
      if (frames_.shape.empty()) {
        frames_.shape = part.shape;
        frames_.shape[0] = 0;
      }
      frames_.shape[0] += part.dim(0);
      frames_.values.insert(frames_.values.end(), part.values.begin(), part.values.end());
    };
  }
  /// [channels, frames, height, width], as the fixtures have it.
  HostTensor channels_first() const { return permute(frames_, {3, 0, 1, 2}); }

 private:
  HostTensor frames_;
};

void compare_decode(const Fixture& fixture, const WeightStore& store, const VideoVaeConfig& config, DType type) {
  Device device(type);
  VideoVaeDecoder decoder(WeightScope(store), config, device.host());
  const HostTensor z = fixture.tensor("in.z");  // [batch, channels, latent frames, height, width]
  for (int64_t b = 0; b < z.dim(0); ++b) {
    Joined frames, frame_latents;
    decoder.decode(item(z, b), fixture.integer("in.num_frames"), frames.sink(),
                   {.frame_latents = frame_latents.sink()});
    if (fixture.has("act.x_z")) {
      expect_near("act.x_z", frame_latents.channels_first(), item(fixture.tensor("act.x_z"), b), type, kDecodeLimit);
    }
    expect_near("out.x", frames.channels_first(), item(fixture.tensor("out.x"), b), type, kDecodeLimit);
  }
}

void compare_encode(const Fixture& fixture, const WeightStore& store, const VideoVaeConfig& config, DType type) {
  Device device(type);
  VideoVaeEncoder encoder(WeightScope(store), config, device.host());
  const HostTensor x = fixture.tensor("in.x");  // [batch, 3, frames, height, width]
  for (int64_t b = 0; b < x.dim(0); ++b) {
    Joined frame_latents;
    LatentMoments moments;
    const HostTensor latent = encoder.encode(permute(item(x, b), {1, 2, 3, 0}), std::nullopt,
                                             {.frame_latents = frame_latents.sink(), .moments = &moments});
    if (fixture.has("act.x_z")) {
      expect_near("act.x_z", frame_latents.channels_first(), item(fixture.tensor("act.x_z"), b), type, kEncodeLimit);
    }
    if (fixture.has("act.moments")) {  // channels: the means, then the log-variances
      HostTensor both = stack({moments.mean, moments.log_variance});
      expect_near("act.moments", both, item(fixture.tensor("act.moments"), b), type, kEncodeLimit);
    }
    expect_near("out.z", latent, item(fixture.tensor("out.z"), b), type, kEncodeLimit);
  }
}

}  // namespace

void compare_vae(const std::filesystem::path& file) {
  const Fixture fixture(file);
  const auto folder = file.parent_path();
  const VideoVaeConfig config = VideoVaeConfig::read(ConfigObject::open(folder / "config.json"));
  const WeightStore store(folder / "model.safetensors");
  for (const DType type : compute_types()) {
    if (fixture.has("in.z")) {
      compare_decode(fixture, store, config, type);
    } else {
      compare_encode(fixture, store, config, type);
    }
  }
}

}  // namespace odsora::golden
