// Text that no terminal takes for commands.
#pragma once

#include <string>

namespace odsora_cli {

/// UTF-8 with each control character, those of U+0080 to U+009F too, as a question mark: names of files are a
/// stranger's where a recipe gives them.
std::string printable(std::string text);

}  // namespace odsora_cli
