// A folder that one process at a time works in.
#pragma once

#include <filesystem>

namespace odsora {

/// Made where it is missing, and held until the object dies; an empty folder is removed then. Where the file system has
/// no locks, nobody is kept out. Every failure throws Error(kOutput) naming the folder and the reason; one is that
/// another process works there.
class LockedFolder {
 public:
  explicit LockedFolder(std::filesystem::path folder);
  ~LockedFolder();
  LockedFolder(const LockedFolder&) = delete;
  LockedFolder& operator=(const LockedFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
};

}  // namespace odsora
