#include "base/input_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "base/error.h"

namespace odsora {
namespace {

// Linux moves at most 2 GiB - 4 KiB in one call and macOS refuses more; one GiB is safe on both.
constexpr size_t kMostBytesAtOnce = size_t{1} << 30;

std::string system_message(int number) { return std::generic_category().message(number); }

}  // namespace

InputFile::InputFile(const std::filesystem::path& path)
    : name_(path.string()),
      // O_NONBLOCK: a named pipe is refused below instead of being waited for.
      descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
  if (descriptor_ < 0) fail(ErrorCode::kBadModel, name_, ": cannot open the file: ", system_message(errno));
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) {
    ::close(descriptor_);
    fail(ErrorCode::kBadModel, name_, ": expected a regular file");
  }
  size_ = static_cast<uint64_t>(status.st_size);
}

InputFile::~InputFile() { ::close(descriptor_); }

void InputFile::read(uint64_t offset, std::span<std::byte> bytes) const {
  while (!bytes.empty()) {
    const size_t wanted = std::min(bytes.size(), kMostBytesAtOnce);
    const ssize_t got = ::pread(descriptor_, bytes.data(), wanted, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail(ErrorCode::kBadModel, name_, ": cannot read at byte ", offset, ": ", system_message(errno));
    if (got == 0) {
      fail(ErrorCode::kBadModel, name_, ": the file ends at byte ", offset, ", expected ", bytes.size(),
           " more bytes there");
    }
    bytes = bytes.subspan(static_cast<size_t>(got));
    offset += static_cast<uint64_t>(got);
  }
}

}  // namespace odsora
