#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "base/error.h"
#include "runtime/raw_file.h"

namespace odsora {
namespace {

constexpr size_t kUsualAlignment = 4096;

// Linux moves at most 2 GiB - 4 KiB in one call.
constexpr size_t kMostBytesAtOnce = size_t{1} << 30;

/// Closes itself. Negative when there is no file.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

int64_t read_at(int descriptor, uint64_t offset, std::span<std::byte> bytes) {
  const ssize_t got =
      ::pread(descriptor, bytes.data(), std::min(bytes.size(), kMostBytesAtOnce), static_cast<off_t>(offset));
  return got < 0 ? -errno : got;
}

#ifdef STATX_DIOALIGN
// Linux 6.1 and later tell; others are asked by trying.
size_t alignment_of(int direct_descriptor) {
  struct statx status {};
  if (::statx(direct_descriptor, "", AT_EMPTY_PATH, STATX_DIOALIGN, &status) != 0) return kUsualAlignment;
  if ((status.stx_mask & STATX_DIOALIGN) == 0) return kUsualAlignment;
  if (status.stx_dio_offset_align == 0) return 0;
  return std::max<size_t>(status.stx_dio_offset_align, status.stx_dio_mem_align);
}
#else
size_t alignment_of(int) { return kUsualAlignment; }
#endif

class LinuxFile final : public RawFile {
 public:
  explicit LinuxFile(const std::filesystem::path& path)
      : name_(path.string()),
        // O_NONBLOCK: a named pipe is refused below instead of being waited for.
        buffered_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
    if (buffered_.number() < 0) {
      fail(ErrorCode::kBadModel, name_, ": cannot open the file: ", std::generic_category().message(errno));
    }
    struct stat status {};
    if (::fstat(buffered_.number(), &status) != 0 || !S_ISREG(status.st_mode)) {
      fail(ErrorCode::kBadModel, name_, ": expected a regular file");
    }
    size_ = static_cast<uint64_t>(status.st_size);
    // By way of /proc it is the same file even if the path names another one by now.
    const std::string same_file = join("/proc/self/fd/", buffered_.number());
    direct_ = std::make_unique<Descriptor>(::open(same_file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_DIRECT));
    alignment_ = direct_->number() < 0 ? 0 : alignment_of(direct_->number());
  }

  const std::string& name() const override { return name_; }
  uint64_t size() const override { return size_; }
  size_t direct_alignment() const override { return alignment_; }

  int64_t read_direct(uint64_t offset, std::span<std::byte> bytes) const override {
    return read_at(direct_->number(), offset, bytes);
  }

  int64_t read_buffered(uint64_t offset, std::span<std::byte> bytes) const override {
    const int64_t got = read_at(buffered_.number(), offset, bytes);
    if (got > 0) ::posix_fadvise(buffered_.number(), static_cast<off_t>(offset), got, POSIX_FADV_DONTNEED);
    return got;
  }

 private:
  std::string name_;
  Descriptor buffered_;
  std::unique_ptr<Descriptor> direct_;
  uint64_t size_ = 0;
  size_t alignment_ = 0;
};

}  // namespace

std::unique_ptr<RawFile> open_raw_file(const std::filesystem::path& path) { return std::make_unique<LinuxFile>(path); }

}  // namespace odsora
