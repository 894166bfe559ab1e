#include "video/file_cursor.h"

#include <algorithm>

#include "base/error.h"

namespace odsora {
namespace {

constexpr uint64_t kBufferBytes = 4096;

/// InputFile takes every file for a part of a model; here it is an argument.
template <typename Act>
auto as_argument(const Act& act) {
  try {
    return act();
  } catch (const Error& error) {
    throw Error(ErrorCode::kInvalidArgument, error.what());
  }
}

}  // namespace

FileCursor::FileCursor(const std::filesystem::path& path) : file_(as_argument([&] { return InputFile(path); })) {}

void FileCursor::seek(uint64_t position) {
  if (position < position_) position_ = 0;
  skip(position - position_);
}

void FileCursor::skip(uint64_t bytes) {
  require(bytes);
  position_ += bytes;
}

uint8_t FileCursor::byte() {
  require(1);
  if (position_ < buffer_begin_ || position_ - buffer_begin_ >= buffer_.size()) {
    buffer_.resize(static_cast<size_t>(std::min(kBufferBytes, left())));
    buffer_begin_ = position_;
    as_argument([&] { file_.read(position_, std::as_writable_bytes(std::span(buffer_))); });
  }
  return buffer_[static_cast<size_t>(position_++ - buffer_begin_)];
}

uint32_t FileCursor::big_endian32() {
  uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value = value << 8 | byte();
  return value;
}

uint32_t FileCursor::little_endian32() {
  uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value |= static_cast<uint32_t>(byte()) << 8 * i;
  return value;
}

std::string FileCursor::text(size_t bytes) {
  require(bytes);
  std::string text(bytes, '\0');
  for (char& letter : text) letter = static_cast<char>(byte());
  return text;
}

void FileCursor::fail_with(const std::string& finding) const {
  fail(ErrorCode::kInvalidArgument, name(), ": ", finding, " at byte ", position_);
}

void FileCursor::require(uint64_t bytes) const {
  if (bytes > left()) {
    fail(ErrorCode::kInvalidArgument, name(), ": the file is cut short: expected ", bytes, " more bytes at byte ",
         position_, ", found ", left());
  }
}

}  // namespace odsora
