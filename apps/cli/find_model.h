// Where models are looked for, and a model by its name.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace odsora_cli {

/// The folders that are models, each once: the shipped one, those directly below the directories of $ODSORA_MODELS
/// (separated by colons), those below $XDG_DATA_HOME/odsora/models, else ~/.local/share/odsora/models. A directory's
/// own are in the order of their names. What cannot be read holds none.
std::vector<std::filesystem::path> found_models();

/// What a model is and the three places, in lines of a terminal.
extern const char* const kWhereModelsAre;

/// The folder of --model: as it is, if it is one or has a slash in it; else that of the first model found with this
/// name in its manifest, or whose folder has it. Empty is the shipped model. Throws odsora::Error(kBadModel).
std::string find_model_folder(const std::string& name_or_folder);

}  // namespace odsora_cli
