// The model that comes with the program.
#pragma once

namespace odsora {

constexpr const char* kShippedModel = ODSORA_SOURCE_FOLDER "/models/emoji-world";

}  // namespace odsora
