// What a model is and what its default video takes here.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/units.h"
#include "odsora/odsora.h"

namespace odsora {

/// What its manifest and its files say.
struct ModelFacts {
  int width = 0, height = 0, frames = 0;  // of a video, when a request says nothing else
  double fps = 0;
  Bytes weights = 0;  // on disk
};

/// What its default video takes.
struct ModelNeeds {
  Bytes least_memory_limit = 0;
  Bytes memory_limit = 0;  // to judge by
  Seconds seconds = 0;     // about; under the least limit where the other is too low
  bool fits() const { return least_memory_limit <= memory_limit; }
};

struct ModelReport {
  std::string name;
  std::filesystem::path folder;
  std::optional<ModelFacts> facts;
  std::optional<ModelNeeds> needs;
  std::string error;  // why something is absent, in a sentence
};

/// Whether something in the folder says that it means to be a model; its files may be wrong all the same.
bool looks_like_model(const std::filesystem::path& folder);

/// The name in its manifest; the folder's where there is none that can be read. Fit to be printed.
std::string model_name(const std::filesystem::path& folder);

/// Runs the model dry, which takes up to about a second for videos of usual size. What is wrong with the model is in
/// the report. A memory limit of 0 stands for what the machine has free.
ModelReport report_model(const std::filesystem::path& folder, Bytes memory_limit = 0);

}  // namespace odsora
