#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "base/error.h"
#include "base/locked_folder.h"

namespace odsora {
namespace {

[[noreturn]] void fail_with(const std::filesystem::path& folder, int error_number) {
  fail(ErrorCode::kOutput, "cannot work in ", folder.string(), ": ", std::generic_category().message(error_number));
}

/// Whether the path still names the folder that was opened, rather than one that took its place.
bool is_still(const std::filesystem::path& folder, int descriptor) {
  struct stat named = {}, opened = {};
  return stat(folder.c_str(), &named) == 0 && fstat(descriptor, &opened) == 0 && named.st_ino == opened.st_ino &&
         named.st_dev == opened.st_dev;
}

}  // namespace

LockedFolder::LockedFolder(std::filesystem::path folder) : path_(std::move(folder)) {
  while (true) {
    if (mkdir(path_.c_str(), 0777) != 0 && errno != EEXIST) fail_with(path_, errno);
    descriptor_ = open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor_ < 0 && errno == ENOENT) continue;  // its last holder has just removed it
    if (descriptor_ < 0) fail_with(path_, errno);
    const bool is_taken = flock(descriptor_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    if (!is_taken && is_still(path_, descriptor_)) return;
    close(std::exchange(descriptor_, -1));
    if (is_taken) fail(ErrorCode::kOutput, path_.string(), ": another process works on this video now");
  }
}

LockedFolder::~LockedFolder() {
  rmdir(path_.c_str());  // fails, as it should, where something is kept
  close(descriptor_);
}

}  // namespace odsora
