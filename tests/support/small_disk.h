// A file system of a few megabytes, where this machine lets the tests make one.
#pragma once

#include <sys/mount.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "support/temporary_folder.h"

namespace odsora {

class SmallDisk {
 public:
  /// Nothing where the machine does not allow it: only root may mount.
  static std::unique_ptr<SmallDisk> make(uint64_t bytes) {
    auto disk = std::make_unique<SmallDisk>();
    const std::string size = "size=" + std::to_string(bytes);
    disk->mounted_ = mount("odsora-test", disk->path().c_str(), "tmpfs", MS_NOSUID | MS_NODEV, size.c_str()) == 0;
    return disk->mounted_ ? std::move(disk) : nullptr;
  }

  SmallDisk() = default;
  ~SmallDisk() {
    if (mounted_) umount2(path().c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  const std::filesystem::path& path() const { return folder_.path(); }

 private:
  TemporaryFolder folder_;
  bool mounted_ = false;
};

}  // namespace odsora
