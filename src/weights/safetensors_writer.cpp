#include "weights/safetensors_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <bit>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <numeric>
#include <system_error>
#include <utility>

#include "base/error.h"

namespace odsora {
namespace {

static_assert(std::endian::native == std::endian::little,
              "safetensors holds little-endian numbers, written as they are");

constexpr size_t kHeaderAlignment = 8;

Bytes bytes_of(const TensorInfo& tensor) {
  return static_cast<Bytes>(element_count(tensor.shape)) * size_of(tensor.dtype);
}

Bytes data_bytes_of(std::span<const TensorInfo> tensors) {
  return std::accumulate(tensors.begin(), tensors.end(), Bytes{0},
                         [](Bytes sum, const TensorInfo& tensor) { return sum + bytes_of(tensor); });
}

}  // namespace

std::string safetensors_header(std::span<const TensorInfo> tensors, const SafetensorsMetadata& metadata) {
  nlohmann::ordered_json header;
  for (const auto& [name, text] : metadata) header["__metadata__"][name] = text;
  Bytes offset = 0;
  for (const TensorInfo& tensor : tensors) {
    const Bytes end = offset + bytes_of(tensor);
    header[tensor.name] = {{"dtype", name_of(tensor.dtype)}, {"shape", tensor.shape}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = header.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  text.resize((text.size() + kHeaderAlignment - 1) / kHeaderAlignment * kHeaderAlignment, ' ');
  const auto length = static_cast<uint64_t>(text.size());
  std::string bytes(sizeof length, '\0');
  std::memcpy(bytes.data(), &length, sizeof length);
  return bytes + text;
}

Bytes safetensors_file_bytes(std::span<const TensorInfo> tensors) {
  return safetensors_header(tensors).size() + data_bytes_of(tensors);
}

SafetensorsWriter::SafetensorsWriter(std::filesystem::path file, Bytes data_bytes)
    : file_(std::move(file)),
      descriptor_(open(file_.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666)),
      missing_(data_bytes) {
  if (descriptor_ < 0) fail_with(errno);
}

// The object is complete when its other constructor returns, so an error here runs the destructor.
SafetensorsWriter::SafetensorsWriter(std::filesystem::path file, std::span<const TensorInfo> tensors)
    : SafetensorsWriter(std::move(file), data_bytes_of(tensors)) {
  const std::string header = safetensors_header(tensors);
  write(std::as_bytes(std::span(header)));
}

SafetensorsWriter::~SafetensorsWriter() {
  if (descriptor_ < 0) return;
  close(descriptor_);
  unlink(file_.c_str());
}

void SafetensorsWriter::append(std::span<const std::byte> bytes) {
  if (bytes.size() > missing_) fail(ErrorCode::kInternal, file_.string(), ": more data than the header announces");
  write(bytes);
  missing_ -= bytes.size();
}

void SafetensorsWriter::flush() {
  if (fdatasync(descriptor_) != 0) fail_with(errno);
}

void SafetensorsWriter::finish() {
  if (missing_ != 0) fail(ErrorCode::kInternal, file_.string(), ": ", missing_, " bytes of data are missing");
  flush();
  if (close(std::exchange(descriptor_, -1)) != 0) {
    const int error_number = errno;
    unlink(file_.c_str());
    fail_with(error_number);
  }
}

void SafetensorsWriter::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_with(errno);
    bytes = bytes.subspan(static_cast<size_t>(written));
  }
}

void SafetensorsWriter::fail_with(int error_number) const {
  fail(ErrorCode::kOutput, "cannot write ", file_.string(), ": ", std::generic_category().message(error_number));
}

}  // namespace odsora
