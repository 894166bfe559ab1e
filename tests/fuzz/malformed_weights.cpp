#include "json_damage.h"
#include "malformed_files.h"
#include "support/safetensors_builder.h"

namespace odsora::fuzz {
namespace {

constexpr size_t kLengthBytes = 8;

const std::string& good_file() {
  static const std::string file = seed("safetensors/three.safetensors");
  return file;
}

std::string header_of(const std::string& file) {
  return file.substr(kLengthBytes, file.find('}', file.rfind("]}")) + 2 - kLengthBytes);
}

std::string with_header(const std::string& header) {
  return safetensors_bytes(header, good_file().substr(kLengthBytes + header_of(good_file()).size()));
}

std::vector<std::string> with_headers(const std::vector<std::string>& headers) {
  std::vector<std::string> files;
  for (const std::string& header : headers) files.push_back(with_header(header));
  return files;
}

std::vector<std::string> with_wrong_lengths() {
  const uint64_t length = header_of(good_file()).size();
  std::vector<std::string> files;
  for (uint64_t wrong = 0; wrong < 2 * length; ++wrong) {
    if (wrong != length) files.push_back(replaced(good_file(), 0, little_endian(wrong, kLengthBytes)));
  }
  for (int bit = 9; bit < 64; ++bit) {
    files.push_back(replaced(good_file(), 0, little_endian(length | uint64_t{1} << bit, kLengthBytes)));
    files.push_back(replaced(good_file(), 0, little_endian(~uint64_t{0} >> (bit - 9), kLengthBytes)));
  }
  return files;
}

/// "a.weight" is F32 [2, 3] at 0 to 24, "a.bias" BF16 [2] at 24 to 28, "b" I64 [] at 28 to 36, which is the end.
std::vector<std::string> with_impossible_tensors() {
  const Json good = Json::parse(header_of(good_file()));
  std::vector<std::string> headers;
  const auto add = [&](const std::string& pointer, const std::vector<std::string>& values) {
    for (std::string& header : with_values(good, pointer, values)) headers.push_back(std::move(header));
  };
  add("/a.weight/dtype", {"\"\"", "\"f32\"", "\"F8_E4M3\"", "\"F64\"", "\"BF16\"", "\"U8\"", "\"BOOL\"", "\"Q4\""});
  add("/a.weight/shape", {"[]", "[6]x", "[2]", "[3,3]", "[2,3,0]", "[2,3,2]", "[-2,-3]", "[9223372036854775807]",
                          "[4611686018427387904,4]", "[4294967296,4294967296,0]", "[4294967296,4294967296]",
                          "[1,1,1,1,1,1,1,2,3]", "[2.0,3]", "[18446744073709551615]"});
  add("/a.weight/data_offsets",
      {"[]", "[0]", "[0,24,24]", "[24,0]", "[0,23]", "[0,25]", "[1,25]", "[12,36]", "[13,37]", "[-24,0]", "[0,-24]",
       "[36,60]", "[18446744073709551592,0]", "[9223372036854775784,9223372036854775808]", "[4294967296,4294967320]",
       "[0.0,24]", "[null,24]", "[\"0\",24]"});
  add("/a.bias/data_offsets", {"[0,4]", "[20,24]", "[22,26]", "[26,30]", "[28,32]", "[32,36]", "[33,37]"});
  add("/b/shape", {"[0]", "[2]", "[1,1,1,1,1,1,1,1,1]"});
  add("/b/data_offsets", {"[27,35]", "[29,37]", "[28,35]", "[28,37]", "[28,28]"});
  return with_headers(headers);
}

std::vector<std::string> with_wrong_types() {
  std::vector<FieldRule> rules = {{"/__metadata__", Field::kObject, false}};
  for (const std::string name : {"/a.weight", "/a.bias", "/b"}) {
    rules.push_back({name + "/dtype", Field::kText});
    rules.push_back({name + "/shape", Field::kArray});
    rules.push_back({name + "/data_offsets", Field::kArray});
  }
  return with_headers(wrong_fields(Json::parse(header_of(good_file())), rules));
}

std::vector<std::string> wrong_indexes(const Json& good) {
  std::vector<std::string> files =
      wrong_fields(good, {{"/weight_map", Field::kObject}, {"/weight_map/a", Field::kText, false}});
  for (std::string& file : with_values(
           good, "/weight_map/c",
           {R"("")", R"(".")", R"("..")", R"("/etc/passwd")", R"("../two.safetensors")", R"("./two.safetensors")",
            R"("a\\b")", R"("two.safetensors\u0000")", R"("three.safetensors")", R"("one.safetensors")",
            R"("model.safetensors.index.json")", R"("pytorch_model.bin")", R"("two.SAFETENSORS")", "null"})) {
    files.push_back(std::move(file));
  }
  for (const std::string name : {"d", "A", "a ", "", "a\xcc\x81"}) {
    Json damaged = good;
    damaged["weight_map"][name] = "one.safetensors";
    files.push_back(damaged.dump());
  }
  return files;
}

}  // namespace

std::vector<MalformedFiles> malformed_weights() {
  const std::string& file = good_file();
  const std::string target = "safetensors";
  const Json index = Json::parse(seed("weight_index/two_shards.json"));
  return {
      {.kind = "safetensors_cut", .target = target, .good = file, .files = beginnings(file, 0, file.size())},
      {.kind = "safetensors_lengths", .target = target, .good = file, .files = with_wrong_lengths()},
      {.kind = "safetensors_headers",
       .target = target,
       .good = file,
       .files = with_headers(broken_json(header_of(file)))},
      {.kind = "safetensors_types", .target = target, .good = file, .files = with_wrong_types()},
      {.kind = "safetensors_tensors", .target = target, .good = file, .files = with_impossible_tensors()},
      {.kind = "index_broken_json", .target = "weight_index", .good = index.dump(), .files = broken_json(index.dump())},
      {.kind = "index_shards", .target = "weight_index", .good = index.dump(), .files = wrong_indexes(index)},
  };
}

}  // namespace odsora::fuzz
