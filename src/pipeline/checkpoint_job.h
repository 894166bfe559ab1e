// Which video a checkpoint belongs to.
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>

#include "odsora/odsora.h"
#include "pipeline/checkpoint_file.h"

namespace odsora {

/// All that it takes to go on with a video. The recipe decides what its unfinished work can be used for; the rest may
/// have changed since.
struct CheckpointJob {
  std::string recipe;        // recipe_json(), without a quality
  std::string model_folder;  // absolute
  std::string arithmetic;    // what else decides the bits of the result: the instructions in use
  std::optional<int> quality = {};
  bool generation_data = true;
  std::array<std::string, 3> inputs = {};  // init image, init video, end image: absolute paths; empty: none
};

/// What every file of the checkpoint tells of its job.
SafetensorsMetadata facts_of(const CheckpointJob& job);

/// Throws Error(kInvalidArgument) naming file and field.
CheckpointJob read_job(const CheckpointFile& file);

/// The request, with paths in place of the names of given files. Throws Error(kInvalidArgument) naming `source`.
Recipe recipe_of(const CheckpointJob& job, const std::string& source);

/// The first thing in which two recipes differ, as "prompt: "a" there, "b" here"; empty where they make the
/// same video. The program's version does not count.
std::string difference(const std::string& there, const std::string& here);

}  // namespace odsora
