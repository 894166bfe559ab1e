#include "weights/safetensors.h"

#include <gtest/gtest.h>

#include <array>
#include <random>

#include "support/expect_error.h"
#include "support/safetensors_builder.h"
#include "support/temporary_folder.h"

namespace odsora {
namespace {

/// Opens a file of these bytes and reads every tensor in it.
std::vector<TensorInfo> read_all(const TemporaryFolder& folder, std::string_view bytes) {
  const SafetensorsFile file(folder.write("m.safetensors", bytes));
  for (const TensorInfo& tensor : file.tensors()) {
    std::vector<std::byte> data(tensor.byte_count);
    file.read(tensor.offset, data);
  }
  return file.tensors();
}

std::vector<TensorInfo> read_all(std::string_view bytes) { return read_all(TemporaryFolder(), bytes); }

/// Expects that a file of this header and of 16 bytes of data is refused, and its name told.
void expect_refused(std::string_view header, std::initializer_list<std::string> parts) {
  expect_bad_model(parts, [&] { read_all(safetensors_bytes(header, std::string(16, 'x'))); });
  expect_bad_model({"m.safetensors"}, [&] { read_all(safetensors_bytes(header, std::string(16, 'x'))); });
}

std::string valid_file() {
  return SafetensorsBuilder()
      .add_f32("block.0.weight", {2, 3}, {1, 2, 3, 4, 5, 6})
      .add("block.0.bias", DType::kBF16, {3}, raw_bytes(std::vector<uint16_t>{1, 2, 3}))
      .add("empty", DType::kI8, {0, 4}, "")
      .bytes();
}

TEST(Safetensors, ListsTensorsInTheOrderOfTheirData) {
  const std::string bytes = valid_file();
  const std::vector<TensorInfo> tensors = read_all(bytes);
  ASSERT_EQ(tensors.size(), 3U);
  EXPECT_EQ(tensors[0].name, "block.0.weight");
  EXPECT_EQ(tensors[0].dtype, DType::kF32);
  EXPECT_EQ(tensors[0].shape, (Shape{2, 3}));
  EXPECT_EQ(tensors[0].offset, bytes.size() - 30);
  EXPECT_EQ(tensors[0].byte_count, 24U);
  EXPECT_EQ(tensors[1].name, "block.0.bias");
  EXPECT_EQ(tensors[1].offset, bytes.size() - 6);
}

TEST(Safetensors, ReadsTheBytesAtAnOffset) {
  const TemporaryFolder folder;
  const SafetensorsFile file(folder.write("m.safetensors", valid_file()));
  std::array<float, 6> values{};
  file.read(file.tensors()[0].offset, std::as_writable_bytes(std::span(values)));
  EXPECT_EQ(values, (std::array<float, 6>{1, 2, 3, 4, 5, 6}));
}

TEST(Safetensors, KnowsEveryDType) {
  for (const DType dtype : {DType::kF64, DType::kF32, DType::kF16, DType::kBF16, DType::kI64, DType::kI32, DType::kI8,
                            DType::kU8, DType::kBool}) {
    const auto tensors = read_all(SafetensorsBuilder().add("t", dtype, {}, std::string(size_of(dtype), 'x')).bytes());
    EXPECT_EQ(tensors[0].dtype, dtype);
    EXPECT_EQ(tensors[0].shape, Shape{});
  }
}

TEST(Safetensors, MetadataPaddingAndUnusedBytesAreAccepted) {
  EXPECT_TRUE(read_all(safetensors_bytes("{}", "")).empty());
  EXPECT_TRUE(read_all(safetensors_bytes(R"({"__metadata__":{"format":"pt"}}   )", "unused")).empty());
  const auto tensors = read_all(safetensors_bytes(
      R"({"b":{"dtype":"U8","shape":[2],"data_offsets":[6,8]},"a":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}})",
      std::string(16, 'x')));
  EXPECT_EQ(tensors[0].name, "a");
}

TEST(Safetensors, RefusesWhatIsNotThere) {
  expect_bad_model({"absent.safetensors", "No such file"}, [] { SafetensorsFile("absent.safetensors"); });
  const TemporaryFolder folder;
  expect_bad_model({folder.path().string(), "regular file"}, [&] { SafetensorsFile{folder.path()}; });
}

TEST(Safetensors, RefusesAFileWithoutALength) {
  expect_bad_model({"at least 8 bytes", "found 0"}, [] { read_all(""); });
  expect_bad_model({"at least 8 bytes", "found 7"}, [] { read_all("1234567"); });
}

TEST(Safetensors, RefusesALengthBeyondTheFileOrTheLimit) {
  expect_bad_model({"at most 2 bytes", "found 3"}, [] { read_all(raw_bytes<uint64_t>({3}) + "{}"); });
  expect_bad_model({"at most 2 bytes"}, [] { read_all(raw_bytes<uint64_t>({~uint64_t{0}}) + "{}"); });
  const TemporaryFolder folder;
  const auto path = folder.write("m.safetensors", raw_bytes<uint64_t>({100'000'001}));
  std::filesystem::resize_file(path, 200'000'000);  // sparse
  expect_bad_model({"at most 100000000 bytes"}, [&] { SafetensorsFile{path}; });
}

TEST(Safetensors, RefusesAHeaderThatIsNoJsonObject) {
  expect_refused("", {"not valid JSON"});
  expect_refused("{", {"not valid JSON"});
  expect_refused("[]", {"a JSON object"});
  expect_refused("{}x", {"not valid JSON"});
  expect_refused(std::string_view("{}\0", 3), {"not valid JSON"});
  expect_refused(R"({"a":{},"a":{}})", {R"("a" is given twice)"});
  expect_refused(std::string(100'000, '['), {"nested deeper"});
}

TEST(Safetensors, RefusesAnEntryThatIsNoObject) {
  expect_refused(R"({"a.b":1})", {R"("a.b")", "an object", "found 1"});
  expect_refused(R"({"a":null})", {R"("a")", "an object", "found null"});
  expect_refused(R"({"__metadata__":"x"})", {"__metadata__", "an object"});
}

TEST(Safetensors, RefusesAWrongDType) {
  expect_refused(R"({"a":{"shape":[1],"data_offsets":[0,1]}})", {R"("a.dtype")", "found nothing"});
  expect_refused(R"({"a":{"dtype":8,"shape":[1],"data_offsets":[0,1]}})", {R"("a.dtype")", "a string"});
  expect_refused(R"({"a":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]}})", {R"("a.dtype")", "F8_E4M3"});
}

TEST(Safetensors, RefusesAWrongShape) {
  expect_refused(R"({"a":{"dtype":"U8","data_offsets":[0,1]}})", {R"("a.shape")", "found nothing"});
  expect_refused(R"({"a":{"dtype":"U8","shape":1,"data_offsets":[0,1]}})", {R"("a.shape")", "an array of integers"});
  expect_refused(R"({"a":{"dtype":"U8","shape":[-1],"data_offsets":[0,1]}})", {R"("a.shape")", "[-1]"});
  expect_refused(R"({"a":{"dtype":"U8","shape":[1.5],"data_offsets":[0,1]}})", {R"("a.shape")", "[1.5]"});
  expect_refused(R"({"a":{"dtype":"U8","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,1]}})", {"at most 8 dimensions"});
}

TEST(Safetensors, RefusesAShapeWhoseProductOverflows) {
  expect_refused(R"({"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}})", {"fits in 63 bits"});
  expect_refused(R"({"a":{"dtype":"F64","shape":[2305843009213693952],"data_offsets":[0,0]}})", {"fits in 63 bits"});
  expect_refused(R"({"a":{"dtype":"U8","shape":[9223372036854775807,3,0],"data_offsets":[0,0]}})", {"fits in 63 bits"});
}

TEST(Safetensors, RefusesWrongOffsets) {
  expect_refused(R"({"a":{"dtype":"U8","shape":[1]}})", {R"("a.data_offsets")", "found nothing"});
  expect_refused(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0]}})", {"an array of 2 integers"});
  expect_refused(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[-1,0]}})", {"[-1,0]"});
  expect_refused(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[2,1]}})", {"a begin before the end", "[2,1]"});
  expect_refused(R"({"a":{"dtype":"U8","shape":[17],"data_offsets":[0,17]}})", {"within the 16 bytes", "[0,17]"});
  expect_refused(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,18446744073709551615]}})",
                 {R"("a.data_offsets")"});
  expect_refused(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,7]}})", {"8 bytes for F32 [2]", "[0,7]"});
}

TEST(Safetensors, RefusesOverlappingTensors) {
  expect_refused(
      R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[3,7]}})",
      {R"("a" and "b" overlap)"});
  // An empty tensor in between hides nothing.
  expect_refused(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[0],"data_offsets":)"
                 R"([2,2]},"c":{"dtype":"U8","shape":[4],"data_offsets":[3,7]}})",
                 {R"("a" and "c" overlap)"});
}

TEST(Safetensors, AFileThatShrinksIsAnError) {
  const TemporaryFolder folder;
  const auto path = folder.write("m.safetensors", valid_file());
  const SafetensorsFile file(path);
  const TensorInfo& tensor = file.tensors()[0];
  std::filesystem::resize_file(path, tensor.offset + 10);
  std::vector<std::byte> data(tensor.byte_count);
  expect_bad_model({"m.safetensors", "ends at byte " + std::to_string(tensor.offset + 10), "14 more"},
                   [&] { file.read(tensor.offset, data); });
}

TEST(Safetensors, EveryTruncationIsRefused) {
  const TemporaryFolder folder;
  const std::string bytes = valid_file();
  for (size_t size = 0; size < bytes.size(); ++size) {
    SCOPED_TRACE(size);
    expect_bad_model({"m.safetensors"}, [&] { read_all(folder, std::string_view(bytes).substr(0, size)); });
  }
}

TEST(Safetensors, DamagedFilesAreReadOrRefused) {
  const TemporaryFolder folder;
  const std::string good = valid_file();
  std::mt19937 random(20240617);
  int refused = 0;
  for (int round = 0; round < 4000; ++round) {
    std::string bytes = good;
    const int damages = std::uniform_int_distribution<int>(1, 4)(random);
    for (int i = 0; i < damages; ++i) {
      const size_t position = std::uniform_int_distribution<size_t>(0, bytes.size() - 1)(random);
      bytes[position] = static_cast<char>(std::uniform_int_distribution<int>(0, 255)(random));
    }
    try {
      read_all(folder, bytes);
    } catch (const Error& error) {
      ASSERT_EQ(error.code(), ErrorCode::kBadModel);
      ++refused;
    }
  }
  EXPECT_GT(refused, 1000);
  EXPECT_LT(refused, 4000);
}

}  // namespace
}  // namespace odsora
