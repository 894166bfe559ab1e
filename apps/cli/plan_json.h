// A plan as JSON: what `odsora plan --json` prints and what the `done` event holds.
#pragma once

#include <nlohmann/json.hpp>

#include "odsora/odsora.h"

namespace odsora_cli {

nlohmann::ordered_json plan_json(const odsora::Plan& plan);

}  // namespace odsora_cli
