#include <nlohmann/json.hpp>

#include "json_damage.h"
#include "malformed_files.h"
#include "sealed_checkpoint.h"

namespace odsora::fuzz {
namespace {

constexpr size_t kLengthBytes = 8;

const std::string& good_file() {
  static const std::string file = seed("checkpoint/denoising.safetensors");
  return file;
}

std::string header_of(const std::string& file) {
  uint64_t length = 0;
  std::memcpy(&length, file.data(), sizeof length);
  return file.substr(kLengthBytes, length);
}

// The file with this header, and the digest that it then has.
std::string with_header(const std::string& header) {
  const std::string data = good_file().substr(kLengthBytes + header_of(good_file()).size());
  return sealed_checkpoint(little_endian(header.size(), kLengthBytes) + header + data);
}

// Each text under `name` of the metadata; texts that are no UTF-8 stand as they are.
std::vector<std::string> with_texts(const std::string& name, const std::vector<std::string>& texts) {
  constexpr std::string_view kPlace = "the text";
  Json header = Json::parse(header_of(good_file()));
  header["__metadata__"][name] = kPlace;
  const std::string whole = header.dump();
  const size_t place = whole.find(kPlace);
  std::vector<std::string> files;
  for (const std::string& text : texts) {
    std::string escaped;
    for (const char letter : text) {
      if (letter == '"' || letter == '\\') escaped += '\\';
      if (static_cast<unsigned char>(letter) < 0x20) {
        constexpr const char* kDigits = "0123456789abcdef";
        escaped += std::string("\\u00") + kDigits[letter >> 4] + kDigits[letter & 15];
      } else {
        escaped += letter;
      }
    }
    files.push_back(with_header(std::string(whole).replace(place, kPlace.size(), escaped)));
  }
  return files;
}

Json metadata(const std::string& name) {
  const Json header = Json::parse(header_of(good_file()));
  return Json::parse(header["__metadata__"][name].get<std::string>());
}

std::vector<std::string> with_wrong_states() {
  std::vector<FieldRule> rules = {{"/clip", Field::kInteger},       {"/evaluations", Field::kInteger},
                                  {"/best_cosine", Field::kNumber}, {"/patience_left", Field::kInteger},
                                  {"/in_f32", Field::kBoolean},     {"/path", Field::kArray}};
  return with_texts("state", wrong_fields(metadata("state"), rules));
}

std::vector<std::string> with_wrong_runs() {
  std::vector<FieldRule> rules = {
      {"/model_folder", Field::kText, false}, {"/arithmetic", Field::kText}, {"/generation_data", Field::kBoolean}};
  return with_texts("run", wrong_fields(metadata("run"), rules));
}

std::vector<std::string> with_wrong_tensors() {
  const Json good = Json::parse(header_of(good_file()));
  std::vector<std::string> files;
  const auto add = [&](const std::string& pointer, const std::vector<std::string>& values) {
    for (const std::string& header : with_values(good, pointer, values)) files.push_back(with_header(header));
  };
  add("/z/dtype", {"\"F16\"", "\"U8\"", "\"F64\"", "\"I32\""});
  add("/z/shape", {"[]", "[1,4,1,2]", "[1,4,1,2,3]", "[2,4,1,2,1]", "[1,4,0,2,2]", "[1,4,1,-2,-2]"});
  add("/z/data_offsets", {"[]", "[0,63]", "[64,0]", "[1,65]", "[128,192]", "[0,18446744073709551615]"});
  return files;
}

}  // namespace

std::vector<MalformedFiles> malformed_checkpoints() {
  const std::string& file = good_file();
  const std::string target = "checkpoint";
  return {
      {.kind = "checkpoint_cut", .target = target, .good = file, .files = beginnings(file, 0, file.size())},
      {.kind = "checkpoint_tensors", .target = target, .good = file, .files = with_wrong_tensors()},
      {.kind = "checkpoint_states", .target = target, .good = file, .files = with_wrong_states()},
      {.kind = "checkpoint_broken_states",
       .target = target,
       .good = file,
       .files = with_texts("state", broken_json(metadata("state").dump()))},
      {.kind = "checkpoint_runs", .target = target, .good = file, .files = with_wrong_runs()},
      {.kind = "checkpoint_recipes",
       .target = target,
       .good = file,
       .files = with_texts("recipe", broken_json(metadata("recipe").dump()))},
  };
}

}  // namespace odsora::fuzz
