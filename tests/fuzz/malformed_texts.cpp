#include <set>
#include <stdexcept>

#include "malformed_files.h"

namespace odsora::fuzz {
namespace {

std::vector<std::string> invalid_utf8(const std::string& good) {
  std::vector<std::string> files;
  for (size_t place = 0; place <= good.size(); ++place) {
    for (const char* bytes : {"\x80", "\xff", "\xc0\xaf", "\xc3", "\xe0\x80\x80", "\xed\xa0\x80", "\xe2\x82",
                              "\xf0\x9f\x90", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80"}) {
      files.push_back(std::string(good).insert(place, bytes));
    }
  }
  return files;
}

/// A message of protocol buffers as its fields, which all have a length here.
struct ProtoField {
  size_t begin, body, end;
  uint64_t id;
};

std::vector<ProtoField> fields_of(const std::string& message) {
  std::vector<ProtoField> fields;
  for (size_t at = 0; at < message.size();) {
    ProtoField field{.begin = at, .body = 0, .end = 0, .id = static_cast<uint8_t>(message[at]) / uint64_t{8}};
    uint64_t length = 0;
    for (int shift = 0; ++at < message.size(); shift += 7) {
      length |= (static_cast<uint64_t>(static_cast<uint8_t>(message[at])) & 0x7f) << shift;
      if (static_cast<uint8_t>(message[at]) < 0x80) break;
    }
    field.body = ++at;
    at = field.end = field.body + length;
    fields.push_back(field);
  }
  return fields;
}

/// Where a field ends, the model could be whole.
std::vector<std::string> cut_within_fields(const std::string& model) {
  std::set<size_t> whole;
  for (const ProtoField& field : fields_of(model)) whole.insert(field.end);
  std::vector<std::string> files;
  for (size_t size = 0; size < model.size(); ++size) {
    if (!whole.contains(size)) files.push_back(model.substr(0, size));
  }
  return files;
}

std::vector<std::string> with_wrong_fields(const std::string& model) {
  std::vector<std::string> files;
  using std::string_literals::operator""s;
  for (const ProtoField& field : fields_of(model)) {
    const auto put = [&](const std::string& bytes) { files.push_back(std::string(model).insert(field.begin, bytes)); };
    if (files.size() > 500) break;
    for (const int wire_type : {3, 4, 6, 7}) {
      files.push_back(replaced(model, field.begin,
                               std::string(1, static_cast<char>(field.id * 8 + static_cast<uint64_t>(wire_type)))));
    }
    put("\x0a\x02\x0a\x00"s);                                  // a piece with an empty text
    put("\x0a\x04\x0a\x02\x61\x00"s);                          // with a NUL
    put("\x0a\xff\xff\xff\xff\x0f"s);                          // longer than the file
    put("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"s);  // more than 64 bits
    put("\x02\x00"s);                                          // field 0
    put("\x12\x02\x18\x02"s);                                  // model type BPE
    put("\x1a\x03\x12\x01\x00"s);                              // a character map without a size
  }
  return files;
}

/// The bytes of a number from 128 to 16383.
std::string two_byte_varint(size_t value) {
  return {static_cast<char>(value % 128 + 128), static_cast<char>(value / 128)};
}

/// A model with one more map of characters, which leads nowhere, and its one replacement so long.
std::string with_replacement(const std::string& model, size_t bytes) {
  std::string map = little_endian(1024, 4);
  for (int unit = 0; unit < 256; ++unit) map += little_endian(0x80000000, 4);
  map += std::string(bytes, 'a') + '\0';
  const std::string normalizer = std::string("\x12") + two_byte_varint(map.size()) + map;
  return model + "\x1a" + two_byte_varint(normalizer.size()) + normalizer;
}

/// The map of characters in a model, with each unit of its index led outside and its size changed.
std::vector<std::string> with_wrong_maps(const std::string& model) {
  std::vector<std::string> files;
  for (const ProtoField& normalizer : fields_of(model)) {
    if (normalizer.id != 3) continue;
    const std::string body = model.substr(normalizer.body, normalizer.end - normalizer.body);
    for (size_t at = 0; at + 3 < body.size() && at < 40; ++at) {
      if (body[at] != '\x12') continue;
      const size_t map = normalizer.body + at + 3;  // behind a length of two bytes
      const std::string size_bytes = model.substr(map, 4);
      const size_t units =
          (static_cast<uint8_t>(size_bytes[0]) + size_t{256} * static_cast<uint8_t>(size_bytes[1])) / 4;
      for (const uint64_t size : {uint64_t{0}, uint64_t{1}, uint64_t{3}, uint64_t{4 * units + 1}, uint64_t{0xffffffff},
                                  uint64_t{0x7ffffffc}, uint64_t{1} << 20}) {
        files.push_back(replaced(model, map, little_endian(size, 4)));
      }
      for (size_t unit = 0; unit < units; ++unit) {
        files.push_back(replaced(model, map + 4 + 4 * unit, little_endian(0x7ffffc00, 4)));
      }
      files.push_back(with_replacement(model, 257));
      files.push_back(with_replacement(model, 5000));
      return files;
    }
  }
  throw std::runtime_error("the seed has no map of characters");
}

}  // namespace

std::vector<MalformedFiles> malformed_texts() {
  const std::string prompt = "a red panda, bouncing";
  const std::string model = seed("tokenizer/mapped.model");
  const std::string plain = seed("tokenizer/plain.model");
  return {
      {.kind = "prompt_invalid_utf8", .target = "prompt", .good = prompt, .files = invalid_utf8(prompt)},
      {.kind = "prompt_clips",
       .target = "prompt",
       .good = "|0|a|2|b",
       .files = {"|0|", "|0||1|a", "|0|a|1|", "|0| |2|b", "|0|a|0|b", "|0|a|2|b|1|c", "|0|a|10000|b",
                 "|0|a|99999999999999999999|b", "|0|a|1|b|1|c", "|0|\xc2\xa0|1|b", "|0|a\xff|1|b"}},
      {.kind = "tokenizer_cut", .target = "tokenizer", .good = plain, .files = cut_within_fields(plain)},
      {.kind = "tokenizer_fields", .target = "tokenizer", .good = plain, .files = with_wrong_fields(plain)},
      {.kind = "tokenizer_maps", .target = "tokenizer", .good = model, .files = with_wrong_maps(model)},
  };
}

}  // namespace odsora::fuzz
