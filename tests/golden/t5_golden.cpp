#include <gtest/gtest.h>

#include <numeric>

#include "golden/fixture.h"
#include "golden/golden_tests.h"
#include "models/t5_encoder.h"

namespace odsora::golden {
namespace {

constexpr Limit kLimit = {.absolute = 3e-5F};

void compare_buckets(const Fixture& fixture, const T5Config& config) {
  const auto positions = fixture.integers("relative_position");
  const auto buckets = fixture.integers("relative_position_bucket");
  for (size_t i = 0; i < positions.size(); ++i) {
    EXPECT_EQ(relative_position_bucket(positions[i], config.position_buckets, config.longest_distance), buckets[i])
        << "relative position " << positions[i];
  }
}

}  // namespace

void compare_t5(const std::filesystem::path& file) {
  const Fixture fixture(file);
  const auto folder = file.parent_path();
  const T5Config config = T5Config::read(ConfigObject::open(folder / "config.json"));
  const WeightStore store(folder / "model.safetensors");
  compare_buckets(fixture, config);

  const auto ids = fixture.integers("input_ids");
  const auto mask = fixture.integers("attention_mask");
  const HostTensor expected = fixture.tensor("last_hidden_state");  // [batch, length, model]
  const auto length = static_cast<size_t>(expected.dim(1));
  for (const DType type : compute_types()) {
    Device device(type);
    T5Encoder encoder(WeightScope(store), config, device.host());
    for (int64_t row = 0; row < expected.dim(0); ++row) {
      const auto first = static_cast<ptrdiff_t>(static_cast<size_t>(row) * length);
      const std::vector<int64_t> row_mask(mask.begin() + first, mask.begin() + first + static_cast<ptrdiff_t>(length));
      const auto tokens = static_cast<ptrdiff_t>(std::accumulate(row_mask.begin(), row_mask.end(), int64_t{0}));
      const std::vector<int32_t> prompt(ids.begin() + first, ids.begin() + first + tokens);
      const auto valid = [&](const std::string& name) {
        return masked_rows(item(fixture.tensor(name), row), row_mask);
      };
      const HostTensor states = encoder.encode(prompt, [&](std::string_view name, const Tensor& value) {
        const std::string key(name);
        if (!fixture.has(key)) return;
        expect_near(key, device.ops->download(value), valid(key), type, kLimit);
      });
      expect_near("last_hidden_state", states, valid("last_hidden_state"), type, kLimit);
    }
  }
}

}  // namespace odsora::golden
