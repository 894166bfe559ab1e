#include "pipeline/checkpoint_file.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>
#include <string_view>

#include "base/error.h"
#include "base/input_file.h"
#include "base/strict_json.h"

namespace odsora {
namespace {

constexpr const char* kVersionName = "odsora_checkpoint";
constexpr const char* kVersion = "1";
constexpr std::string_view kBeforeDigest = R"({"__metadata__":{"sha256":")";
constexpr size_t kLengthBytes = 8;
constexpr size_t kDigestOffset = kLengthBytes + kBeforeDigest.size();
constexpr size_t kDigestBytes = 64;  // hexadecimal digits
constexpr uint64_t kMostHeaderBytes = uint64_t{16} << 20;
constexpr int64_t kMostOfAxis = 16384;

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

std::string header_of(const std::vector<TensorInfo>& tensors, const SafetensorsMetadata& facts, size_t bytes) {
  std::string header = safetensors_header(tensors, facts);
  assert(header.size() <= bytes && header.substr(kLengthBytes, kBeforeDigest.size()) == kBeforeDigest);
  header.resize(bytes, ' ');
  const uint64_t length = bytes - kLengthBytes;
  std::memcpy(header.data(), &length, sizeof length);
  return header;
}

SafetensorsMetadata with_digest(SafetensorsMetadata facts) {
  facts.insert(facts.begin(), {{"sha256", std::string(kDigestBytes, '0')}, {kVersionName, kVersion}});
  return facts;
}

[[noreturn]] void refuse(const std::string& file, const std::string& reason) {
  fail(ErrorCode::kInvalidArgument, file, ": ", reason);
}

/// Of the data, then of the header with zeros in place of the digest.
Sha256Digest digest_of(const InputFile& file, std::string header) {
  constexpr size_t kPiece = 1 << 16;
  std::array<std::byte, kPiece> piece;
  Sha256 digest;
  for (uint64_t offset = header.size(); offset < file.size(); offset += kPiece) {
    const auto part = std::span(piece).first(std::min<uint64_t>(kPiece, file.size() - offset));
    file.read(offset, part);
    digest.update(part);
  }
  header.replace(kDigestOffset, kDigestBytes, kDigestBytes, '0');
  digest.update(bytes_of(header));
  return digest.finish();
}

/// The bytes before the data.
std::string read_header(const InputFile& file) {
  constexpr size_t kLeast = kDigestOffset + kDigestBytes;
  uint64_t length = 0;
  if (file.size() >= kLeast) file.read(0, std::as_writable_bytes(std::span(&length, 1)));
  const bool fits =
      length >= kLeast - kLengthBytes && length <= kMostHeaderBytes && length <= file.size() - kLengthBytes;
  std::string header(fits ? kLengthBytes + length : 0, '\0');
  if (fits) file.read(0, std::as_writable_bytes(std::span(header)));
  if (!fits || header.compare(kLengthBytes, kBeforeDigest.size(), kBeforeDigest) != 0) {
    refuse(file.name(), "expected a file of a checkpoint of odsora, found another one, or one that is cut off");
  }
  return header;
}

const std::filesystem::path& checked(const std::filesystem::path& path) {
  const InputFile file(path);
  const std::string header = read_header(file);
  const std::string stored = header.substr(kDigestOffset, kDigestBytes);
  const std::string found = to_string(digest_of(file, header));
  if (stored != found) {
    refuse(file.name(),
           join("the file is damaged: expected content whose SHA-256 is ", quoted(stored), ", found ", found));
  }
  return path;
}

/// No model is to blame for a file of a checkpoint.
template <typename Action>
auto as_checkpoint(const Action& action) {
  try {
    return action();
  } catch (const Error& error) {
    throw Error(ErrorCode::kInvalidArgument, error.what());
  }
}

}  // namespace

CheckpointFileWriter::CheckpointFileWriter(const std::filesystem::path& file, SafetensorsMetadata facts,
                                           const std::vector<TensorInfo>& most)
    : file_(file), facts_(with_digest(std::move(facts))), header_bytes_(safetensors_header(most, facts_).size()) {
  file_.append(std::string(header_bytes_, ' '));
}

void CheckpointFileWriter::append(std::span<const std::byte> data) {
  file_.append({reinterpret_cast<const uint8_t*>(data.data()), data.size()});
  digest_.update(data);
}

void CheckpointFileWriter::finish(const std::vector<TensorInfo>& tensors) {
  std::string header = header_of(tensors, facts_, header_bytes_);
  digest_.update(bytes_of(header));
  header.replace(kDigestOffset, kDigestBytes, to_string(digest_.finish()));
  file_.overwrite(0, header);
  file_.flush();
  file_.publish();
}

void write_checkpoint_file(const std::filesystem::path& file, const SafetensorsMetadata& facts,
                           const std::vector<NamedTensor>& tensors) {
  std::vector<TensorInfo> infos;
  for (const auto& [name, tensor] : tensors) infos.push_back({.name = name, .shape = tensor.shape});
  CheckpointFileWriter writer(file, facts, infos);
  for (const auto& [name, tensor] : tensors) writer.append(std::as_bytes(std::span(tensor.values)));
  writer.finish(infos);
}

CheckpointFile::CheckpointFile(const std::filesystem::path& path)
    : file_(as_checkpoint([&] { return SafetensorsFile(checked(path)); })) {
  if (const std::string& version = fact(kVersionName); version != kVersion) {
    refuse(name(), join("expected a checkpoint of version ", kVersion, ", found ", quoted(version)));
  }
}

const std::string& CheckpointFile::fact(const std::string& name) const {
  const auto found = file_.metadata().find(name);
  if (found == file_.metadata().end()) refuse(file_.name(), join("\"", name, "\": expected a text, found nothing"));
  return found->second;
}

const TensorInfo* CheckpointFile::find(const std::string& tensor) const {
  const auto found = std::ranges::find(file_.tensors(), tensor, &TensorInfo::name);
  return found == file_.tensors().end() ? nullptr : &*found;
}

const TensorInfo& CheckpointFile::require(const std::string& tensor, DType dtype, const Shape& shape) const {
  const TensorInfo* found = find(tensor);
  if (found == nullptr) refuse(name(), join("expected a tensor ", tensor, ", found none"));
  const auto fits = [](int64_t extent, int64_t expected) {
    return expected == -1 ? extent >= 1 && extent <= kMostOfAxis : extent == expected;
  };
  if (found->dtype != dtype || !std::ranges::equal(found->shape, shape, fits)) {
    refuse(name(), join("tensor ", tensor, ": expected ", name_of(dtype), " ", to_string(shape), ", found ",
                        name_of(found->dtype), " ", to_string(found->shape)));
  }
  return *found;
}

HostTensor CheckpointFile::read(const std::string& tensor, const Shape& shape) const {
  const TensorInfo& info = require(tensor, DType::kF32, shape);
  HostTensor values(info.shape);
  read(info, 0, std::as_writable_bytes(std::span(values.values)));
  return values;
}

void CheckpointFile::read(const TensorInfo& tensor, uint64_t offset, std::span<std::byte> bytes) const {
  assert(offset + bytes.size() <= tensor.byte_count);
  as_checkpoint([&] { file_.read(tensor.offset + offset, bytes); });
}

}  // namespace odsora
