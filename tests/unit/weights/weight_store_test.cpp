#include "weights/weight_store.h"

#include <gtest/gtest.h>

#include "support/expect_error.h"
#include "support/safetensors_builder.h"
#include "support/temporary_folder.h"

namespace odsora {
namespace {

/// A file with one f32 tensor of one element.
std::string file_with(const std::string& name, float value) {
  return SafetensorsBuilder().add_f32(name, {1}, {value}).bytes();
}

float first_value(const WeightStore& store, const std::string& name) { return to_f32(store.read(name)).values[0]; }

/// A folder whose index is this weight_map, with shards one.safetensors (a, b) and two.safetensors (b, c).
void write_shards(const TemporaryFolder& folder, const std::string& weight_map) {
  folder.write("model.safetensors.index.json", R"({"metadata":{"total_size":16},"weight_map":)" + weight_map + "}");
  folder.write("one.safetensors", SafetensorsBuilder().add_f32("a", {1}, {1}).add_f32("b", {1}, {2}).bytes());
  folder.write("two.safetensors", SafetensorsBuilder().add_f32("b", {1}, {20}).add_f32("c", {1}, {30}).bytes());
}

TEST(WeightStore, OpensAFileByItsPath) {
  const TemporaryFolder folder;
  const auto path = folder.write("any.safetensors", file_with("a", 7));
  const WeightStore store(path);
  EXPECT_TRUE(store.contains("a"));
  EXPECT_FALSE(store.contains("b"));
  EXPECT_EQ(store.names(), std::vector<std::string>{"a"});
  EXPECT_EQ(store.info("a").shape, Shape{1});
  EXPECT_EQ(first_value(store, "a"), 7);
  EXPECT_EQ(store.file_of("a"), path.string());
}

TEST(WeightStore, PrefersTheUsualNamesInAFolder) {
  const TemporaryFolder folder;
  folder.write("lone.safetensors", file_with("a", 1));
  EXPECT_EQ(first_value(WeightStore(folder.path()), "a"), 1);
  folder.write("diffusion_pytorch_model.safetensors", file_with("a", 2));
  EXPECT_EQ(first_value(WeightStore(folder.path()), "a"), 2);
  folder.write("diffusion_pytorch_model.safetensors.index.json", R"({"weight_map":{"a":"lone.safetensors"}})");
  EXPECT_EQ(first_value(WeightStore(folder.path()), "a"), 1);
  folder.write("model.safetensors", file_with("a", 3));
  EXPECT_EQ(first_value(WeightStore(folder.path()), "a"), 3);
  folder.write("model.safetensors.index.json", R"({"weight_map":{"a":"diffusion_pytorch_model.safetensors"}})");
  EXPECT_EQ(first_value(WeightStore(folder.path()), "a"), 2);
}

TEST(WeightStore, RefusesAPathThatDoesNotExist) {
  expect_bad_model({"/absent", "no such file or folder"}, [] { WeightStore("/absent"); });
}

TEST(WeightStore, RefusesFoldersWithoutOneCheckpoint) {
  const TemporaryFolder folder;
  expect_bad_model({folder.path().string(), "expected a .safetensors file"}, [&] { WeightStore{folder.path()}; });
  const auto pickle = folder.write("pytorch_model-00001-of-00002.bin", "PK");
  expect_bad_model({"pytorch_model*.bin is not supported"}, [&] { WeightStore{folder.path()}; });
  expect_bad_model({"pytorch_model*.bin is not supported"}, [&] { WeightStore{pickle}; });
  folder.write("x.safetensors", file_with("a", 1));
  folder.write("y.safetensors", file_with("a", 1));
  expect_bad_model({"2 files without an index", "x.safetensors"}, [&] { WeightStore{folder.path()}; });
}

TEST(WeightStore, TheIndexDecidesWhichShardHoldsATensor) {
  const TemporaryFolder folder;
  write_shards(folder, R"({"a":"one.safetensors","b":"two.safetensors"})");
  const WeightStore store(folder.path());
  EXPECT_EQ(store.names(), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(first_value(store, "b"), 20);
  EXPECT_EQ(store.file_of("b"), (folder.path() / "two.safetensors").string());
  EXPECT_EQ(store.file_of("c"), folder.path().string());
}

TEST(WeightStore, OpensOnlyTheShardsThatTheIndexNames) {
  const TemporaryFolder folder;
  write_shards(folder, R"({"a":"one.safetensors"})");
  folder.write("two.safetensors", "broken");
  EXPECT_EQ(first_value(WeightStore(folder.path()), "a"), 1);
}

TEST(WeightStore, RefusesABrokenIndex) {
  const TemporaryFolder folder;
  const auto open = [&] { WeightStore{folder.path()}; };
  folder.write("model.safetensors.index.json", "{");
  expect_bad_model({"index.json", "not valid JSON"}, open);
  folder.write("model.safetensors.index.json", "{}");
  expect_bad_model({"index.json", R"("weight_map")", "an object"}, open);
  write_shards(folder, R"({"a":1})");
  expect_bad_model({"index.json", R"("weight_map.a")", "a string"}, open);
}

TEST(WeightStore, RefusesShardsElsewhere) {
  const TemporaryFolder folder;
  for (const char* shard : {"", ".", "..", "../one.safetensors", "/etc/passwd", "a\\\\b", "one.safetensors\\u0000"}) {
    write_shards(folder, join(R"({"a":")", shard, R"("})"));
    expect_bad_model({"index.json", R"("weight_map.a")", "beside the index"}, [&] { WeightStore{folder.path()}; });
  }
}

TEST(WeightStore, RefusesShardsThatAreMissingOrLackATensor) {
  const TemporaryFolder folder;
  const auto open = [&] { WeightStore{folder.path()}; };
  write_shards(folder, R"({"a":"three.safetensors"})");
  expect_bad_model({"index.json", R"("weight_map.a")", "a file that exists", "three.safetensors"}, open);
  write_shards(folder, R"({"a":"two.safetensors"})");
  expect_bad_model({"index.json", R"("weight_map.a")", "holds this tensor", "two.safetensors"}, open);
  write_shards(folder, R"({"a":"pytorch_model.bin"})");
  expect_bad_model({"index.json", "pytorch_model*.bin is not supported"}, open);
}

TEST(WeightStore, AMissingTensorIsNamed) {
  const TemporaryFolder folder;
  folder.write("model.safetensors", file_with("a", 1));
  const WeightStore store(folder.path());
  expect_bad_model({folder.path().string(), R"("absent")"}, [&] { store.read("absent"); });
  expect_bad_model({R"("absent")"}, [&] { store.info("absent"); });
  expect_bad_model({R"("absent")"}, [&] { store.read_rows("absent", 0, 1); });
}

TEST(WeightStore, ReadsSomeRows) {
  const TemporaryFolder folder;
  folder.write("model.safetensors", SafetensorsBuilder()
                                        .add_f32("before", {1}, {99})
                                        .add_f32("table", {3, 2}, {0, 1, 10, 11, 20, 21})
                                        .add("none", DType::kF32, {0, 2}, "")
                                        .add_f32("scalar", {}, {5})
                                        .bytes());
  const WeightStore store(folder.path());
  const HostTensor rows = to_f32(store.read_rows("table", 1, 2));
  EXPECT_EQ(rows.shape, (Shape{2, 2}));
  EXPECT_EQ(rows.values, (std::vector<float>{10, 11, 20, 21}));
  EXPECT_EQ(store.read_rows("table", 3, 0).count(), 0);
  EXPECT_EQ(store.read_rows("none", 0, 0).count(), 0);
  for (const auto& [first, count] : {std::pair<int64_t, int64_t>{-1, 1}, {0, 4}, {3, 1}, {4, 0}, {0, -1}}) {
    expect_bad_model({"model.safetensors", R"("table")", "[3, 2]"}, [&] { store.read_rows("table", first, count); });
  }
  expect_bad_model({R"("table")"}, [&] { store.read_rows("table", 1, std::numeric_limits<int64_t>::max()); });
  expect_bad_model({R"("scalar")"}, [&] { store.read_rows("scalar", 0, 0); });
}

TEST(WeightStore, EveryFormatBecomesF32) {
  const TemporaryFolder folder;
  folder.write("model.safetensors", SafetensorsBuilder()
                                        .add("f64", DType::kF64, {2}, raw_bytes<double>({0.1, -2}))
                                        .add("f16", DType::kF16, {2}, raw_bytes<uint16_t>({0x3c00, 0xc000}))
                                        .add("bf16", DType::kBF16, {2}, raw_bytes<uint16_t>({0x3f80, 0xc000}))
                                        .add("i64", DType::kI64, {2}, raw_bytes<int64_t>({1, -2}))
                                        .add("i32", DType::kI32, {2}, raw_bytes<int32_t>({1, -2}))
                                        .add("i8", DType::kI8, {2}, raw_bytes<int8_t>({1, -128}))
                                        .add("u8", DType::kU8, {2}, raw_bytes<uint8_t>({1, 255}))
                                        .bytes());
  const WeightStore store(folder.path());
  const auto values = [&](const char* name) { return to_f32(store.read(name)).values; };
  EXPECT_EQ(values("f64"), (std::vector<float>{0.1F, -2}));
  for (const char* name : {"f16", "bf16", "i64", "i32"}) EXPECT_EQ(values(name), (std::vector<float>{1, -2})) << name;
  EXPECT_EQ(values("i8"), (std::vector<float>{1, -128}));
  EXPECT_EQ(values("u8"), (std::vector<float>{1, 255}));
  EXPECT_EQ(to_bf16(store.read("i8")), (std::vector<uint16_t>{0x3f80, 0xc300}));
  EXPECT_EQ(to_bf16(store.read("f64")), (std::vector<uint16_t>{0x3dcd, 0xc000}));
}

}  // namespace
}  // namespace odsora
