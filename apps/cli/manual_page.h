// The manual page, odsora.1, in the macros of man(7).
#pragma once

#include <string>

#include "option_table.h"

namespace odsora_cli {

std::string manual_page(const OptionTable& table);

}  // namespace odsora_cli
