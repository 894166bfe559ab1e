#include "weights/safetensors.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <optional>
#include <tuple>

#include "base/config_object.h"
#include "base/error.h"
#include "base/strict_json.h"

namespace odsora {
namespace {

static_assert(std::endian::native == std::endian::little, "safetensors holds little-endian numbers, read as they are");

constexpr uint64_t kLengthBytes = 8;
constexpr uint64_t kMostHeaderBytes = 100'000'000;  // the limit of the format's own library
constexpr size_t kMostDimensions = 8;
constexpr DType kDTypes[] = {DType::kF64, DType::kF32, DType::kF16, DType::kBF16, DType::kI64,
                             DType::kI32, DType::kI8,  DType::kU8,  DType::kBool};

DType dtype_of(const ConfigObject& entry) {
  const std::string text = entry.text("dtype");
  const auto* dtype = std::ranges::find(kDTypes, std::string_view(text), [](DType value) { return name_of(value); });
  if (dtype == std::end(kDTypes)) entry.reject("dtype", "one of F64, F32, F16, BF16, I64, I32, I8, U8, BOOL");
  return *dtype;
}

/// The bytes that `shape` takes, or nothing when they do not fit in 63 bits.
std::optional<uint64_t> checked_byte_count(const Shape& shape, DType dtype) {
  int64_t count = static_cast<int64_t>(size_of(dtype));
  for (const int64_t extent : shape) {
    if (extent != 0 && count > std::numeric_limits<int64_t>::max() / extent) return std::nullopt;
    count *= extent;
  }
  return static_cast<uint64_t>(count);
}

/// `data_begin` and `data_size` say where in the file the data is.
TensorInfo tensor_of(const std::string& name, const ConfigObject& entry, uint64_t data_begin, uint64_t data_size) {
  const DType dtype = dtype_of(entry);
  Shape shape = entry.integers("shape");
  if (shape.size() > kMostDimensions) entry.reject("shape", join("at most ", kMostDimensions, " dimensions"));
  const std::optional<uint64_t> byte_count = checked_byte_count(shape, dtype);
  if (!byte_count) entry.reject("shape", "a size that fits in 63 bits");

  const std::vector<int64_t> offsets = entry.integers("data_offsets", {}, 2);
  const auto begin = static_cast<uint64_t>(offsets[0]);
  const auto end = static_cast<uint64_t>(offsets[1]);
  if (begin > end) entry.reject("data_offsets", "a begin before the end");
  if (end > data_size) entry.reject("data_offsets", join("an end within the ", data_size, " bytes of data"));
  if (end - begin != *byte_count) {
    entry.reject("data_offsets", join(*byte_count, " bytes for ", name_of(dtype), " ", to_string(shape)));
  }
  return {
      .name = name, .dtype = dtype, .shape = std::move(shape), .offset = data_begin + begin, .byte_count = *byte_count};
}

std::map<std::string, std::string> texts_of(const ConfigObject& metadata) {
  std::map<std::string, std::string> texts;
  for (const std::string& key : metadata.keys()) {
    if (metadata.is_text(key)) texts.emplace(key, metadata.text(key));
  }
  return texts;
}

/// `tensors` is sorted by offset. Empty tensors lie nowhere.
void refuse_overlap(const std::string& file, const std::vector<TensorInfo>& tensors) {
  const TensorInfo* previous = nullptr;
  for (const TensorInfo& tensor : tensors) {
    if (tensor.byte_count == 0) continue;
    if (previous != nullptr && tensor.offset < previous->offset + previous->byte_count) {
      fail(ErrorCode::kBadModel, file, ": the data of tensors ", quoted(previous->name), " and ", quoted(tensor.name),
           " overlap");
    }
    previous = &tensor;
  }
}

/// The header's text, its length checked against the file's.
std::string read_header(const InputFile& file) {
  if (file.size() < kLengthBytes) {
    fail(ErrorCode::kBadModel, file.name(), ": expected a safetensors file of at least 8 bytes, found ", file.size());
  }
  uint64_t length = 0;
  file.read(0, std::as_writable_bytes(std::span(&length, 1)));
  const uint64_t most = std::min(kMostHeaderBytes, file.size() - kLengthBytes);
  if (length > most) {
    fail(ErrorCode::kBadModel, file.name(), ": expected a safetensors header of at most ", most, " bytes, found ",
         length, " (the file is truncated or of another format)");
  }
  std::string header(static_cast<size_t>(length), '\0');
  file.read(kLengthBytes, std::as_writable_bytes(std::span(header)));
  return header;
}

}  // namespace

SafetensorsFile::SafetensorsFile(const std::filesystem::path& path) : file_(path) {
  const std::string text = read_header(file_);
  data_begin_ = kLengthBytes + text.size();
  const ConfigObject header = ConfigObject::parse(text, name());
  for (const std::string& key : header.keys()) {
    const ConfigObject entry = header.object(key);
    if (key == "__metadata__") {
      metadata_ = texts_of(entry);
    } else {
      tensors_.push_back(tensor_of(key, entry, data_begin_, file_.size() - data_begin_));
    }
  }
  std::ranges::sort(tensors_, {}, [](const TensorInfo& tensor) { return std::tie(tensor.offset, tensor.name); });
  refuse_overlap(name(), tensors_);
}

}  // namespace odsora
