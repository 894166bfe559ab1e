// A file that appears whole or not at all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <set>
#include <span>
#include <string>
#include <string_view>

namespace odsora {

/// Created empty under a hidden temporary name in the target's folder; publish() renames it to the target, replacing an
/// older file. Destroyed before that, it leaves nothing. Every failure throws Error(kOutput) naming target and reason.
class PendingFile {
 public:
  explicit PendingFile(std::filesystem::path target);
  ~PendingFile();
  PendingFile(PendingFile&& other) noexcept;
  PendingFile& operator=(PendingFile&&) = delete;

  const std::filesystem::path& target() const { return target_; }
  /// Where others may write too until flush().
  const std::filesystem::path& temporary() const { return temporary_; }

  void append(std::span<const uint8_t> bytes);
  void append(std::string_view bytes);

  /// Writes over bytes that were appended.
  void overwrite(uint64_t offset, std::string_view bytes);

  /// Brings everything to the disk and closes the file.
  void flush();

  /// Closes the file without bringing it to the disk: for what may be lost in a crash of the machine.
  void close_unflushed();

  /// Requires flush() or close_unflushed(). The file now has its name.
  void publish();

  /// As publish(), for one of several files that are only useful together: until this object dies, withdraw() undoes
  /// it. Where the file system has no hard links, the older file cannot come back.
  void publish_revocably();
  void withdraw() noexcept;

 private:
  [[noreturn]] void fail_with(int error_number) const;

  std::filesystem::path target_;
  std::filesystem::path temporary_;  // empty once published
  std::filesystem::path older_;      // another name of the older file, once published revocably; empty: there was none
  int descriptor_ = -1;
};

/// Removes what killed processes left of unfinished files in a folder: of all, or of those with these names. Nobody
/// else may be writing them now.
void remove_abandoned_files(const std::filesystem::path& folder, const std::set<std::string>& names = {});

}  // namespace odsora
