#include "weights/safetensors_writer.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <cstring>
#include <nlohmann/json.hpp>
#include <vector>

#include "support/expect_error.h"
#include "support/temporary_folder.h"
#include "weights/safetensors.h"
#include "weights/weight_store.h"

namespace odsora {
namespace {

TensorInfo tensor(const std::string& name, DType dtype, Shape shape) {
  return {.name = name, .dtype = dtype, .shape = std::move(shape), .offset = 0, .byte_count = 0};
}

// Not in the order of their names.
const std::vector<TensorInfo> kTensors = {tensor("z", DType::kF32, {2, 2}), tensor("a", DType::kBF16, {3}),
                                          tensor("scalar", DType::kF32, {}), tensor("none", DType::kF16, {0, 7})};

std::span<const std::byte> bytes_of(const std::vector<float>& values) { return std::as_bytes(std::span(values)); }

std::string json_of(const std::string& header) { return header.substr(8); }

TEST(SafetensorsWriter, TheHeaderIsAlignedAndKeepsTheOrder) {
  for (size_t extra = 0; extra < 9; ++extra) {
    const std::string header =
        safetensors_header(std::vector{tensor(std::string(1 + extra, 'z'), DType::kF32, {2}), kTensors[1]});
    uint64_t length = 0;
    std::memcpy(&length, header.data(), sizeof length);
    EXPECT_EQ(length, header.size() - 8);
    EXPECT_EQ(header.size() % 8, 0U);
    EXPECT_LT(header.find("\"z"), header.find("\"a\""));
  }
}

TEST(SafetensorsWriter, OffsetsFollowEachOtherWithoutGaps) {
  const auto header = nlohmann::json::parse(json_of(safetensors_header(kTensors)));
  EXPECT_EQ(header.at("z").dump(), R"({"data_offsets":[0,16],"dtype":"F32","shape":[2,2]})");
  EXPECT_EQ(header.at("a").dump(), R"({"data_offsets":[16,22],"dtype":"BF16","shape":[3]})");
  EXPECT_EQ(header.at("scalar").dump(), R"({"data_offsets":[22,26],"dtype":"F32","shape":[]})");
  EXPECT_EQ(header.at("none").dump(), R"({"data_offsets":[26,26],"dtype":"F16","shape":[0,7]})");
  EXPECT_EQ(header.at("__metadata__").dump(), R"({"format":"pt"})");
}

TEST(SafetensorsWriter, OffsetsOfGigabytesAreExact) {
  const auto header = nlohmann::json::parse(json_of(safetensors_header(
      std::vector{tensor("large", DType::kF32, {1 << 20, 1 << 20}), tensor("a", DType::kF32, {1})})));
  EXPECT_EQ(header.at("a").at("data_offsets").dump(), "[4398046511104,4398046511108]");
}

TEST(SafetensorsWriter, NamesAreEscaped) {
  const auto header = nlohmann::json::parse(json_of(safetensors_header(std::vector{tensor("a\"\n", DType::kI8, {1})})));
  EXPECT_TRUE(header.contains("a\"\n"));
}

TEST(SafetensorsWriter, WhatIsWrittenCanBeRead) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "m.safetensors";
  SafetensorsWriter writer(file, kTensors);
  writer.append(bytes_of({1, 2, 3}));  // pieces need not end where tensors do
  writer.flush();
  writer.append(bytes_of({4}));
  const std::vector<uint16_t> halves = {0x3f80, 0xc000, 0x4040};
  writer.append(std::as_bytes(std::span(halves)));
  writer.append(bytes_of({9}));
  writer.finish();
  EXPECT_EQ(std::filesystem::file_size(file), safetensors_file_bytes(kTensors));

  const WeightStore store(file);
  EXPECT_EQ(to_f32(store.read("z")).values, (std::vector<float>{1, 2, 3, 4}));
  EXPECT_EQ(to_f32(store.read("a")).values, (std::vector<float>{1, -2, 3}));
  EXPECT_EQ(to_f32(store.read("scalar")).values, (std::vector<float>{9}));
  const SafetensorsFile read(file);
  ASSERT_EQ(read.tensors().size(), 4U);
  EXPECT_EQ(read.tensors()[0].name, "z");
  EXPECT_EQ(read.tensors()[0].offset % 8, 0U);
}

TEST(SafetensorsWriter, AFileThatIsNotFinishedIsRemoved) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "m.safetensors";
  {
    SafetensorsWriter writer(file, kTensors);
    writer.append(bytes_of({1}));
    EXPECT_TRUE(std::filesystem::exists(file));
    expect_error(ErrorCode::kInternal, {"m.safetensors", "22 bytes of data are missing"}, [&] { writer.finish(); });
    const std::vector<float> many(6);
    expect_error(ErrorCode::kInternal, {"m.safetensors", "more data"}, [&] { writer.append(bytes_of(many)); });
  }
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST(SafetensorsWriter, NeverReplacesAFile) {
  const TemporaryFolder folder;
  const auto file = folder.write("m.safetensors", "precious");
  expect_error(ErrorCode::kOutput, {"m.safetensors", "File exists"}, [&] { SafetensorsWriter(file, kTensors); });
  EXPECT_EQ(std::filesystem::file_size(file), 8U);
  expect_error(ErrorCode::kOutput, {"no such", "m.safetensors"},
               [&] { SafetensorsWriter(folder.path() / "no such" / "m.safetensors", kTensors); });
}

TEST(SafetensorsWriter, AFileThatCannotGrowIsAnErrorAndRemoved) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "m.safetensors";
  rlimit old_limit = {};
  getrlimit(RLIMIT_FSIZE, &old_limit);
  const auto old_handler = signal(SIGXFSZ, SIG_IGN);
  const rlimit limit = {.rlim_cur = 64, .rlim_max = old_limit.rlim_max};  // less than the header
  setrlimit(RLIMIT_FSIZE, &limit);
  expect_error(ErrorCode::kOutput, {"m.safetensors", "File too large"}, [&] { SafetensorsWriter(file, kTensors); });
  setrlimit(RLIMIT_FSIZE, &old_limit);
  signal(SIGXFSZ, old_handler);
  EXPECT_FALSE(std::filesystem::exists(file));
}

}  // namespace
}  // namespace odsora
