#include "shipped_model.h"

#include <filesystem>
#include <system_error>

namespace odsora_cli {

std::string shipped_model_folder() {
  namespace fs = std::filesystem;
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  for (fs::path folder = program.parent_path(); !folder.empty(); folder = folder.parent_path()) {
    for (const char* place : {"models/emoji-world", "share/odsora/models/emoji-world"}) {
      if (fs::is_directory(folder / place, error)) return folder / place;
    }
    if (folder == folder.root_path()) break;
  }
  return "";
}

}  // namespace odsora_cli
