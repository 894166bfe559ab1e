// Text as shells read it.
#pragma once

#include <string>
#include <vector>

namespace odsora_cli {

/// In single quotes, so that a shell takes every character as it is.
std::string shell_quoted(const std::string& text);

/// The same of each, with blanks between them.
std::string shell_quoted(const std::vector<std::string>& words);

}  // namespace odsora_cli
