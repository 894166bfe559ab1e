// A folder that appears whole or not at all.
#pragma once

#include <filesystem>

namespace odsora {

/// Created as "<target>.part" beside the target; publish() renames it. Destroyed before that, it is removed with all
/// that is in it. Every failure throws Error(kOutput) naming folder and reason.
class PendingFolder {
 public:
  /// The target must not exist or be an empty folder, which is removed; "<target>.part" must not exist.
  explicit PendingFolder(const std::filesystem::path& target);
  ~PendingFolder();
  PendingFolder(const PendingFolder&) = delete;
  PendingFolder& operator=(const PendingFolder&) = delete;

  /// Where to write until publish().
  const std::filesystem::path& path() const { return temporary_; }

  void publish();

 private:
  std::filesystem::path target_;
  std::filesystem::path temporary_;  // empty once published
};

}  // namespace odsora
