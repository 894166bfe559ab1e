#include "tools/synthesize_folder.h"

#include <string>
#include <system_error>

#include "base/error.h"

namespace odsora {
namespace {

namespace fs = std::filesystem;

/// Absolute, without links and without a slash at the end.
fs::path resolve(const fs::path& target) {
  std::error_code error;
  const fs::path path = target.empty() ? fs::path() : fs::weakly_canonical(fs::absolute(target), error);
  if (error || path.empty()) {
    fail(ErrorCode::kOutput, "cannot write the folder \"", target.string(),
         "\": ", error ? error.message() : "the name is empty");
  }
  return path.has_filename() ? path : path.parent_path();
}

void make_way(const fs::path& target) {
  std::error_code error;
  const fs::file_status status = fs::symlink_status(target, error);
  if (status.type() == fs::file_type::not_found) return;
  if (!fs::is_directory(status)) {
    fail(ErrorCode::kOutput, target.string(), ": expected a new or an empty folder, found something else");
  }
  if (fs::is_empty(target, error)) fs::remove(target, error);
  if (error) fail(ErrorCode::kOutput, "cannot replace ", target.string(), ": ", error.message());
  if (fs::exists(target, error)) {
    fail(ErrorCode::kOutput, target.string(), ": expected a new or an empty folder, found one that is not empty");
  }
}

}  // namespace

PendingFolder::PendingFolder(const fs::path& target) : target_(resolve(target)) {
  fs::path temporary = target_;
  temporary += ".part";
  make_way(target_);
  std::error_code error;
  const bool created = fs::create_directory(temporary, error);
  if (error) fail(ErrorCode::kOutput, "cannot make the folder ", temporary.string(), ": ", error.message());
  if (!created) {
    fail(ErrorCode::kOutput, temporary.string(),
         ": is left from a run that was killed, or in use by one that is not; remove it or take another name");
  }
  temporary_ = std::move(temporary);
}

PendingFolder::~PendingFolder() {
  if (temporary_.empty()) return;
  std::error_code ignored;
  fs::remove_all(temporary_, ignored);
}

void PendingFolder::publish() {
  std::error_code error;
  fs::rename(temporary_, target_, error);
  if (error) fail(ErrorCode::kOutput, "cannot rename ", temporary_.string(), ": ", error.message());
  temporary_.clear();
}

}  // namespace odsora
