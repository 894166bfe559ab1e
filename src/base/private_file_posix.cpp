#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>
#include <system_error>

#include "base/private_file.h"

namespace odsora {
namespace {

bool write_all(int descriptor, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes = bytes.subspan(static_cast<size_t>(written));
  }
  return true;
}

bool write_and_close(int descriptor, std::initializer_list<std::span<const std::byte>> parts) {
  bool good = true;
  for (const auto part : parts) good = good && write_all(descriptor, part);
  good = good && ::fsync(descriptor) == 0;
  return ::close(descriptor) == 0 && good;
}

}  // namespace

bool make_private_folder(const std::filesystem::path& folder) {
  std::error_code ignored;
  if (std::filesystem::is_directory(folder, ignored)) return true;
  const std::filesystem::path around = folder.parent_path();
  if (!around.empty() && around != folder && !make_private_folder(around)) return false;
  return ::mkdir(folder.c_str(), 0700) == 0 || std::filesystem::is_directory(folder, ignored);
}

bool write_private_file(const std::filesystem::path& file, std::initializer_list<std::span<const std::byte>> parts) {
  // mkostemp makes a new file of mode 0600 and never follows a link.
  std::string unfinished = (file.parent_path() / (std::string(kUnfinishedPrefix) + "XXXXXX")).string();
  const int descriptor = ::mkostemp(unfinished.data(), O_CLOEXEC);
  if (descriptor < 0) return false;
  if (write_and_close(descriptor, parts) && std::rename(unfinished.c_str(), file.c_str()) == 0) return true;
  ::unlink(unfinished.c_str());
  return false;
}

}  // namespace odsora
