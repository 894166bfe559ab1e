#include "text/spiece_file.h"

#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

#include "base/error.h"
#include "base/input_file.h"
#include "base/units.h"

namespace odsora {
namespace {

constexpr Bytes kMaxFileBytes = Bytes{64} << 20;  // T5's has 0.8 MB

/// Of one character: Unicode's longest is 33. A longer one would make gigabytes of a prompt.
constexpr size_t kMostReplacementBytes = 256;

/// What is wrong with the file; read_spiece_file adds its name.
struct Defect {
  std::string text;
};

/// A field of a protocol buffer message: a length-delimited one has `bytes`, a varint has `number`.
struct Field {
  uint64_t id = 0;
  int wire_type = 0;
  uint64_t number = 0;
  std::string_view bytes;
};

constexpr int kVarint = 0, kFixed64 = 1, kLengthDelimited = 2, kFixed32 = 5;

/// Takes the fields of one message in turn (developers.google.com/protocol-buffers/docs/encoding).
class FieldReader {
 public:
  explicit FieldReader(std::string_view message) : rest_(message) {}

  std::optional<Field> next() {
    if (rest_.empty()) return std::nullopt;
    const uint64_t tag = take_varint();
    Field field;
    field.id = tag >> 3;
    field.wire_type = static_cast<int>(tag & 7);
    if (field.id == 0 || tag > UINT32_MAX) throw Defect{"has a field without a valid number"};
    switch (field.wire_type) {
      case kVarint: field.number = take_varint(); break;
      case kFixed64: field.bytes = take(8); break;
      case kLengthDelimited: field.bytes = take(take_varint()); break;
      case kFixed32: field.bytes = take(4); break;
      default: throw Defect{join("has a field of the unknown wire type ", field.wire_type)};
    }
    return field;
  }

 private:
  uint64_t take_varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const uint8_t byte = static_cast<uint8_t>(take(1).front());
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw Defect{"has a number of more than 64 bits"};
  }

  std::string_view take(uint64_t count) {
    if (count > rest_.size()) throw Defect{"ends in the middle of a field"};
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }

  std::string_view rest_;
};

/// Field numbers of sentencepiece_model.proto.
namespace model_proto {
constexpr uint64_t kPieces = 1, kTrainerSpec = 2, kNormalizerSpec = 3, kDenormalizerSpec = 5;
constexpr uint64_t kPieceText = 1;
constexpr uint64_t kModelType = 3, kUnigram = 1;
constexpr uint64_t kPrecompiledCharsmap = 2;
}  // namespace model_proto

uint32_t little_endian_32(std::string_view bytes) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value |= static_cast<uint32_t>(static_cast<uint8_t>(bytes[i])) << (8 * i);
  return value;
}

/// A precompiled map of characters is the size of a Darts double array, the array, then the replacements, each ended by
/// a NUL. A unit of the array jumps to any of 256 neighbours of its target before it looks whether that was right
/// (Darts-clone's unit layout).
void check_character_map(std::string_view map) {
  if (map.empty()) return;
  if (map.size() < 4) throw Defect{"has a character map without a size"};
  const uint64_t array_bytes = little_endian_32(map);
  map.remove_prefix(4);
  if (array_bytes == 0 || array_bytes % 4 != 0 || array_bytes >= map.size()) {
    throw Defect{join("has a character map of ", map.size(), " bytes that claims an index of ", array_bytes)};
  }
  const std::string_view replacements = map.substr(array_bytes);
  if (replacements.back() != '\0') throw Defect{"has a character map whose last replacement has no end"};
  for (std::string_view rest = replacements; !rest.empty();) {
    const size_t bytes = rest.find('\0');
    if (bytes > kMostReplacementBytes) {
      throw Defect{
          join("has a character map with a replacement of ", bytes, " bytes; at most ", kMostReplacementBytes)};
    }
    rest.remove_prefix(bytes + 1);
  }
  const uint64_t units = array_bytes / 4;
  const auto unit_at = [map](uint64_t index) { return little_endian_32(map.substr(4 * index, 4)); };
  for (uint64_t index = 0; index < units; ++index) {
    const uint32_t unit = unit_at(index);
    const bool is_value = (unit & 0x80000000U) != 0;
    if (is_value && index != 0) continue;  // never jumped from, but the search begins at 0 whatever is there
    const uint64_t target = index ^ ((unit >> 10) << ((unit & 0x200U) >> 6));
    if ((target | 0xff) >= units) throw Defect{join("has a character map whose unit ", index, " points outside")};
    const bool has_value = (unit & 0x100U) != 0;
    if (has_value && (unit_at(target) & 0x7fffffffU) >= replacements.size()) {
      throw Defect{join("has a character map whose unit ", index, " names a replacement outside")};
    }
  }
}

void check_piece(std::string_view piece) {
  FieldReader fields(piece);
  while (const std::optional<Field> field = fields.next()) {
    if (field->id != model_proto::kPieceText || field->wire_type != kLengthDelimited) continue;
    if (field->bytes.empty()) throw Defect{"has an empty piece"};
    if (field->bytes.find('\0') != std::string_view::npos) throw Defect{"has a piece with a NUL byte"};
  }
}

void check_trainer(std::string_view trainer) {
  FieldReader fields(trainer);
  while (const std::optional<Field> field = fields.next()) {
    if (field->id != model_proto::kModelType || field->wire_type != kVarint) continue;
    if (field->number != model_proto::kUnigram) {
      throw Defect{join("is of model type ", field->number, "; expected ", model_proto::kUnigram, " (unigram)")};
    }
  }
}

void check_normalizer(std::string_view normalizer) {
  FieldReader fields(normalizer);
  while (const std::optional<Field> field = fields.next()) {
    if (field->id != model_proto::kPrecompiledCharsmap || field->wire_type != kLengthDelimited) continue;
    check_character_map(field->bytes);
  }
}

void check_model(std::string_view model) {
  if (model.empty()) throw Defect{"is empty"};
  FieldReader fields(model);
  while (const std::optional<Field> field = fields.next()) {
    if (field->wire_type != kLengthDelimited) continue;
    switch (field->id) {
      case model_proto::kPieces: check_piece(field->bytes); break;
      case model_proto::kTrainerSpec: check_trainer(field->bytes); break;
      case model_proto::kNormalizerSpec:
      case model_proto::kDenormalizerSpec: check_normalizer(field->bytes); break;
      default: break;
    }
  }
}

std::string read_file(const std::filesystem::path& file) {
  if (!std::filesystem::is_regular_file(file)) throw Defect{"is missing or no file"};
  const InputFile input(file);
  if (input.size() > kMaxFileBytes) {
    throw Defect{join("has ", input.size(), " bytes; a vocabulary has at most ", kMaxFileBytes)};
  }
  std::string bytes(input.size(), '\0');
  input.read(0, std::as_writable_bytes(std::span(bytes)));
  return bytes;
}

}  // namespace

std::string read_spiece_file(const std::filesystem::path& file) {
  try {
    std::string model = read_file(file);
    check_model(model);
    return model;
  } catch (const Defect& defect) {
    fail(ErrorCode::kBadModel, "the vocabulary ", file.string(), " ", defect.text);
  } catch (const std::filesystem::filesystem_error& error) {
    fail(ErrorCode::kBadModel, "the vocabulary ", file.string(), " cannot be read: ", error.code().message());
  }
}

}  // namespace odsora
