// The shipped model under another name, without a copy of its weights.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include "support/shipped_model.h"

namespace odsora {

/// Makes a model in `folder`: links to the parts of the shipped one, and an odsora.json with this name.
inline void link_shipped_model(const std::filesystem::path& folder, const std::string& name) {
  namespace fs = std::filesystem;
  fs::create_directories(folder);
  for (const char* part : {"text_encoder", "tokenizer", "transformer", "vae"}) {
    fs::create_directory_symlink(fs::path(kShippedModel) / part, folder / part);
  }
  std::ofstream(folder / "odsora.json") << R"({"format": "odsora-model", "version": 1, "name": ")" << name << R"(",
    "defaults": {"width": 64, "height": 48, "frames": 5, "fps": 12.5, "steps": 2, "guidance_scale": 2.5}})";
}

}  // namespace odsora
