#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cassert>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "video/spool_file.h"

namespace odsora {

SpoolFile::SpoolFile(std::filesystem::path output) : output_(std::move(output)) {
  std::string name = (output_.parent_path() / ".odsora-spool-XXXXXX").string();
  descriptor_ = mkostemp(name.data(), O_CLOEXEC);
  if (descriptor_ < 0) fail_with(errno);
  unlink(name.c_str());
}

SpoolFile::~SpoolFile() { close(descriptor_); }

void SpoolFile::append(std::span<const uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_with(errno);
    bytes = bytes.subspan(static_cast<size_t>(written));
  }
}

void SpoolFile::read(uint64_t offset, std::span<uint8_t> bytes) const {
  while (!bytes.empty()) {
    const ssize_t got = pread(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail_with(errno);
    if (got == 0) fail_with(EIO);
    bytes = bytes.subspan(static_cast<size_t>(got));
    offset += static_cast<uint64_t>(got);
  }
}

void SpoolFile::fail_with(int error_number) const {
  fail(ErrorCode::kOutput, "cannot write ", output_.string(), ": ", std::generic_category().message(error_number));
}

}  // namespace odsora
