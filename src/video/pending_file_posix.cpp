#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cassert>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "video/pending_file.h"

namespace odsora {
namespace {

constexpr std::string_view kPart = ".part-";

/// Different for every file of every living process that could share the folder.
std::filesystem::path temporary_name(const std::filesystem::path& target) {
  static std::atomic<unsigned> serial{0};
  const std::string name = join(".", target.filename().string(), kPart, getpid(), "-", serial++);
  return target.parent_path() / name;
}

/// Creates a new file; never follows a link or opens a file that somebody else put there.
int create(const std::filesystem::path& file) {
  constexpr int kFlags = O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC;
  constexpr mode_t kMode = 0666;  // less the umask
  const int descriptor = open(file.c_str(), kFlags, kMode);
  if (descriptor >= 0 || errno != EEXIST) return descriptor;
  unlink(file.c_str());  // left by a crashed process that had our id
  return open(file.c_str(), kFlags, kMode);
}

/// Brings the names in a folder to the disk. Where a file system does not do that, they come there by themselves.
void sync_folder(const std::filesystem::path& folder) {
  const int descriptor = open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  fsync(descriptor);
  close(descriptor);
}

}  // namespace

PendingFile::PendingFile(std::filesystem::path target)
    : target_(std::move(target)), temporary_(temporary_name(target_)), descriptor_(create(temporary_)) {
  if (descriptor_ < 0) fail_with(errno);
}

PendingFile::~PendingFile() {
  if (descriptor_ >= 0) close(descriptor_);
  if (!temporary_.empty()) unlink(temporary_.c_str());
  if (!older_.empty()) unlink(older_.c_str());
}

PendingFile::PendingFile(PendingFile&& other) noexcept
    : target_(std::move(other.target_)),
      temporary_(std::exchange(other.temporary_, {})),
      older_(std::exchange(other.older_, {})),
      descriptor_(std::exchange(other.descriptor_, -1)) {}

void PendingFile::append(std::span<const uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_with(errno);
    bytes = bytes.subspan(static_cast<size_t>(written));
  }
}

void PendingFile::append(std::string_view bytes) {
  append({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
}

void PendingFile::overwrite(uint64_t offset, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_with(errno);
    bytes.remove_prefix(static_cast<size_t>(written));
    offset += static_cast<uint64_t>(written);
  }
}

void PendingFile::flush() {
  if (fsync(descriptor_) != 0) fail_with(errno);
  if (close(std::exchange(descriptor_, -1)) != 0) fail_with(errno);
}

void PendingFile::close_unflushed() {
  if (close(std::exchange(descriptor_, -1)) != 0) fail_with(errno);
}

void PendingFile::publish() {
  assert(descriptor_ < 0 && !temporary_.empty());
  if (rename(temporary_.c_str(), target_.c_str()) != 0) fail_with(errno);
  temporary_.clear();
  sync_folder(target_.parent_path());
}

void PendingFile::publish_revocably() {
  older_ = temporary_name(target_);
  if (link(target_.c_str(), older_.c_str()) != 0) older_.clear();
  publish();
}

void PendingFile::withdraw() noexcept {
  if (older_.empty()) {
    unlink(target_.c_str());
  } else {
    rename(older_.c_str(), target_.c_str());
  }
}

void remove_abandoned_files(const std::filesystem::path& folder, const std::set<std::string>& names) {
  std::error_code error;
  const std::filesystem::path place = folder.empty() ? "." : folder;
  for (std::filesystem::directory_iterator entry(place, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    const size_t part = name.rfind(kPart);
    if (!name.starts_with('.') || part == std::string::npos || part == 0) continue;
    if (names.empty() || names.contains(name.substr(1, part - 1))) unlink(entry->path().c_str());
  }
}

void PendingFile::fail_with(int error_number) const {
  fail(ErrorCode::kOutput, "cannot write ", target_.string(), ": ", std::generic_category().message(error_number));
}

}  // namespace odsora
