// Where the model that ships with the program is.
#pragma once

#include <string>

namespace odsora_cli {

/// The folder models/emoji-world, or share/odsora/models/emoji-world, beside the program or above it; empty when
/// there is none.
std::string shipped_model_folder();

}  // namespace odsora_cli
